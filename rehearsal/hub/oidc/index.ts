import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  SignJWT,
  type JWK,
} from 'jose';
import { accountId } from '../accounts.ts';
import type { Hub } from '../hub.ts';
import { dispatch, route, sendJson, type Exchange } from '../http.ts';
import type { JobToken, Run } from '../model.ts';

export interface OidcOptions {
  readonly hub: Hub;
  /** `http://127.0.0.1:4480/oidc` */
  readonly issuer: string;
  /** Where the key is kept, so that a restart does not break what trusts it. */
  readonly directory: string;
  /**
   * Which form of `sub` the tokens have: names alone, or names with immutable ids, as repositories that were created
   * or renamed since 2026-07-15 emit.
   */
  readonly immutableSubject: boolean;
}

export interface Oidc {
  readonly jwksUri: string;
  /** Answers below `/oidc`. @returns false where there is nothing at the path */
  handle(exchange: Exchange): Promise<boolean>;
}

const algorithm = 'RS256';
const lifetimeSeconds = 300;

/** The subjects that tokens of an environment's jobs have, in both forms. Source: GitHub, "OpenID Connect reference". */
export function subjectsOf(
  { repository }: Pick<Hub, 'repository'>,
  environment: string,
): { plain: string; immutable: string } {
  const { owner, ownerId, name, id } = repository;
  const suffix = `environment:${escapeColons(environment)}`;
  return {
    plain: `repo:${owner}/${name}:${suffix}`,
    immutable: `repo:${owner}@${ownerId}/${name}@${id}:${suffix}`,
  };
}

/** Colons part a subject; those in a value are written otherwise. Source: GitHub, "OpenID Connect reference". */
function escapeColons(value: string): string {
  return value.replaceAll(':', '%3A');
}

/** The local GitHub's OpenID Connect provider. */
export async function createOidc({ hub, issuer, directory, immutableSubject }: OidcOptions): Promise<Oidc> {
  const { sign, jwk } = await loadKey(directory);
  const jwksUri = `${issuer}/jwks`;

  const token = (exchange: Exchange): Promise<void> | void => {
    const given = /^bearer (.+)$/i.exec(exchange.request.headers.authorization ?? '')?.[1] ?? '';
    // Only what asks for identities opens this: a leaked GITHUB_TOKEN does not.
    const job = [...hub.tokens.values()].find(({ idTokenRequest }) => idTokenRequest === given);
    const run = job === undefined ? undefined : hub.runs.get(job.runId);
    if (job === undefined || run === undefined || job.permissions['id-token'] !== 'write') {
      sendJson(exchange, 401, {
        message: 'The job may not ask for an identity (permissions: id-token: write).',
      });
      return;
    }
    const audience =
      exchange.url.searchParams.get('audience') ?? `${new URL(issuer).origin}/${hub.repository.owner}`;
    return sign(claimsOf(hub, run, job, immutableSubject), issuer, audience).then((value) =>
      sendJson(exchange, 200, { count: value.length, value }),
    );
  };

  const routes = [
    route('GET', '/oidc/.well-known/openid-configuration', (exchange) =>
      sendJson(exchange, 200, {
        issuer,
        jwks_uri: jwksUri,
        subject_types_supported: ['public'],
        response_types_supported: ['id_token'],
        id_token_signing_alg_values_supported: [algorithm],
        scopes_supported: ['openid'],
        claims_supported: [
          'sub',
          'aud',
          'exp',
          'iat',
          'iss',
          'jti',
          'nbf',
          'ref',
          'repository',
          'repository_owner',
          'environment',
          'job_workflow_ref',
        ],
      }),
    ),
    route('GET', '/oidc/jwks', (exchange) => sendJson(exchange, 200, { keys: [jwk] })),
    route('GET', '/oidc/token', token),
    route('POST', '/oidc/token', token),
  ];
  return { jwksUri, handle: (exchange) => dispatch(routes, exchange, exchange.url.pathname) };
}

function claimsOf(hub: Hub, run: Run, job: JobToken, immutable: boolean): Record<string, unknown> {
  const { repository } = hub;
  const { owner, ownerId, name, id } = repository;
  const names = `${owner}/${name}`;
  const subject = immutable ? `${owner}@${ownerId}/${name}@${id}` : names;
  const trigger = run.event === 'pull_request' ? 'pull_request' : `ref:${run.ref}`;
  const kind = job.environment === undefined ? trigger : `environment:${escapeColons(job.environment)}`;
  const workflowRef = `${names}/${run.workflowPath}@${run.ref}`;
  return {
    sub: `repo:${subject}:${kind}`,
    ref: run.ref,
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: 'false',
    sha: run.sha,
    repository: names,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(repository.ownerId),
    repository_visibility: 'public',
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    actor: run.actor,
    actor_id: String(accountId(run.actor, repository)),
    workflow: run.workflowName,
    workflow_ref: workflowRef,
    workflow_sha: run.sha,
    job_workflow_ref: job.jobWorkflowRef,
    job_workflow_sha: run.sha,
    head_ref: run.pullRequest?.headRef ?? '',
    base_ref: run.pullRequest?.baseRef ?? '',
    event_name: run.event,
    runner_environment: 'self-hosted',
    ...(job.environment === undefined ? {} : { environment: job.environment }),
  };
}

type Sign = (claims: Record<string, unknown>, issuer: string, audience: string) => Promise<string>;

async function loadKey(directory: string): Promise<{ sign: Sign; jwk: JWK }> {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, 'oidc-key.pem');
  if (!existsSync(file)) {
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
    writeFileSync(file, await exportPKCS8(privateKey), { mode: 0o600 });
  }
  const key = await importPKCS8(readFileSync(file, 'utf8'), algorithm, { extractable: true });
  const { kty, n, e } = await exportJWK(key);
  const jwk: JWK = { kty, n, e, alg: algorithm, use: 'sig' } as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return {
    jwk: { ...jwk, kid },
    sign: (claims, issuer, audience) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt()
        .setNotBefore('-10s')
        .setExpirationTime(`${lifetimeSeconds}s`)
        .sign(key),
  };
}
