import { request } from 'node:http';
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { addRun, serveHub, type ServedHub } from './hub.fixture.ts';
import { subjectsOf } from './oidc/index.ts';

let served: ServedHub;
afterEach(() => served.stop());

/** `fetch` sets `Host` itself. */
function withHost(host: string, address: string): Promise<number | undefined> {
  const { port } = new URL(served.server.url);
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: address, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('it answers under its own names only, whatever is asked', async () => {
  served = await serveHub();
  const { port } = new URL(served.server.url);
  for (const address of ['/', '/api/v3/repos/rehearsal/shop', '/oidc/jwks', '/events', '/_hub/push']) {
    expect([address, await withHost(`evil.example:${port}`, address)]).toEqual([address, 421]);
    expect([address, await withHost('127.0.0.1', address)]).toEqual([address, 421]);
  }
  expect(await withHost(`localhost:${port}`, '/')).toBe(200);
  expect(await withHost(`127.0.0.1:${port}`, '/')).toBe(200);
});

test('it is reached on the loopback interface only', async () => {
  served = await serveHub();
  const { port } = new URL(served.server.url);
  const others = Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of others) {
    await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
  }
  expect(served.server.url).toBe(`http://127.0.0.1:${port}`);
});

test('a port that is taken is an error at once', async () => {
  served = await serveHub();
  const { startHubServer } = await import('./server.ts');
  const taken = startHubServer({
    hub: served.hub,
    port: Number(new URL(served.server.url).port),
    stateDirectory: served.folder,
    commits: {} as never,
    config: () => Promise.resolve(undefined),
    driver: () => 'process',
    log: () => undefined,
  });
  await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

describe('OIDC', () => {
  const ask = async (token: string, query = '?audience=sts.amazonaws.com') => {
    const response = await fetch(`${served.server.issuer}/token${query}`, {
      headers: { authorization: `Bearer ${served.hub.tokens.get(token)?.idTokenRequest ?? token}` },
    });
    return { status: response.status, body: (await response.json()) as { value: string } };
  };
  const verified = async (token: string) => {
    const keys = (await (await fetch(served.server.oidc.jwksUri)).json()) as JSONWebKeySet;
    const options = { issuer: served.server.issuer, audience: 'sts.amazonaws.com' };
    return (await jwtVerify(token, createLocalJWKSet(keys), options)).payload;
  };

  test('a job with the permission gets a token with GitHub’s claims, which its keys verify', async () => {
    served = await serveHub();
    const run = addRun(served.hub, { sha: served.shas.develop, ref: 'refs/heads/develop', number: 7 });
    const { body } = await ask(served.token({ 'id-token': 'write' }, 'development'));
    const claims = await verified(body.value);
    expect(claims).toMatchObject({
      sub: 'repo:rehearsal@1002/shop@1001:environment:development',
      aud: 'sts.amazonaws.com',
      environment: 'development',
      ref: 'refs/heads/develop',
      ref_type: 'branch',
      sha: served.shas.develop,
      repository: 'rehearsal/shop',
      repository_id: '1001',
      repository_owner: 'rehearsal',
      repository_owner_id: '1002',
      run_id: String(run.id),
      run_number: '7',
      run_attempt: '1',
      actor: 'ada',
      workflow: 'CI',
      workflow_ref: 'rehearsal/shop/.github/workflows/ci.yml@refs/heads/develop',
      job_workflow_ref: 'rehearsal/shop/.github/workflows/development.yml@refs/heads/main',
      event_name: 'push',
      runner_environment: 'self-hosted',
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
  });

  test.each([
    [true, 'development', 'repo:rehearsal@1002/shop@1001:environment:development'],
    [false, 'development', 'repo:rehearsal/shop:environment:development'],
    [false, undefined, 'repo:rehearsal/shop:ref:refs/heads/main'],
    [false, 'eu:live', 'repo:rehearsal/shop:environment:eu%3Alive'],
  ])('immutable ids %s, environment %s: %s', async (immutableSubject, environment, subject) => {
    served = await serveHub({ immutableSubject });
    const { body } = await ask(served.token({ 'id-token': 'write' }, environment));
    expect(decodeJwt(body.value).sub).toBe(subject);
    if (environment !== undefined) {
      const { plain, immutable } = subjectsOf(served.hub, environment);
      expect([plain, immutable]).toContain(subject);
    }
  });

  test('a pull request has a subject of its own, which no environment’s role trusts', async () => {
    served = await serveHub({ immutableSubject: false });
    addRun(served.hub, {
      event: 'pull_request',
      ref: 'refs/pull/7/merge',
      sha: served.shas.second,
      pullRequest: {
        number: 7,
        headRef: 'feature/basket',
        baseRef: 'main',
        headSha: served.shas.develop,
      },
    });
    const { body } = await ask(served.token({ 'id-token': 'write' }));
    expect(decodeJwt(body.value)).toMatchObject({
      sub: 'repo:rehearsal/shop:pull_request',
      ref: 'refs/pull/7/merge',
      head_ref: 'feature/basket',
      base_ref: 'main',
      event_name: 'pull_request',
    });
  });

  test('without the permission, or with a token that is not known, there is none', async () => {
    served = await serveHub();
    expect((await ask(served.token({ contents: 'read' }))).status).toBe(401);
    expect((await ask('ghs_unknown')).status).toBe(401);
    // What the job calls the REST API with opens nothing here.
    const token = served.token({ 'id-token': 'write' });
    const response = await fetch(`${served.server.issuer}/token`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(401);
  });

  test('without an audience it is the owner’s address', async () => {
    served = await serveHub();
    const { body } = await ask(served.token({ 'id-token': 'write' }), '');
    expect(decodeJwt(body.value).aud).toBe(`${served.server.url}/rehearsal`);
  });

  test('the discovery document leads to the keys, and to no private part of them', async () => {
    served = await serveHub();
    const document = (await (
      await fetch(`${served.server.issuer}/.well-known/openid-configuration`)
    ).json()) as { issuer: string; jwks_uri: string };
    expect(document.issuer).toBe(served.server.issuer);
    const { keys } = (await (await fetch(document.jwks_uri)).json()) as { keys: object[] };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use']]);
  });

  test('the key outlives a restart, and only its owner can read it', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-hub-key-'));
    try {
      served = await serveHub({ folder });
      const { body } = await ask(served.token({ 'id-token': 'write' }));
      const keysBefore = await (await fetch(served.server.oidc.jwksUri)).text();
      await served.stop();
      served = await serveHub({ folder });
      expect(await (await fetch(served.server.oidc.jwksUri)).text()).toBe(keysBefore);
      const keys = JSON.parse(keysBefore) as JSONWebKeySet;
      await expect(jwtVerify(body.value, createLocalJWKSet(keys))).resolves.toBeDefined();
      const state = path.join(folder, 'state');
      for (const file of readdirSync(state)) expect(statSync(path.join(state, file)).mode & 0o077).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
