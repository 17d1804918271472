import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig, type Config } from '../src/config/index.ts';
import { Hub } from './hub/hub.ts';
import { jobOf, runOf, shop } from './hub/model.fixture.ts';
import type { Job } from './hub/model.ts';
import { bringVisitors, visitsOf } from './visitors.ts';

const deployment = (environment: string, conclusion: 'success' | 'failure'): Job =>
  jobOf({ environment: { name: environment }, status: 'completed', conclusion });

const run = runOf();

const scenarios = `
title: The shop
scenarios:
  - name: It is up
    steps:
      - request: GET /health
  - name: It sells
    steps:
      - request: { method: POST, path: /orders, json: { what: tea } }
        capture: { order: id }
      - request: GET /orders/\${order}
`;

function configOf(): Config {
  const parsed = parseConfig(
    JSON.stringify({
      service: 'shop',
      environments: {
        development: {
          on: { branch: 'develop' },
          compute: { instance: 't3.micro', count: 1 },
          network: { mode: 'bridge', hostPort: 8080 },
          checks: { integration: { scenarios: '*.yml' } },
        },
      },
    }),
    'sluice.yml',
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  return parsed.config;
}

describe('visitors of a service', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-visitors-'));
    writeFileSync(path.join(folder, 'shop.yml'), scenarios);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('do what the scenarios bring, and not those that only look; a file with a mistake is left out', async () => {
    writeFileSync(path.join(folder, 'wrong.yml'), 'scenarios: none');
    expect((await visitsOf(configOf(), folder)).map(({ name }) => name)).toEqual(['It sells']);
  });

  it('come once a deployment went well, one after the other, and leave when they are asked to', async () => {
    const asked: string[] = [];
    const enough = Promise.withResolvers<undefined>();
    const server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":7}');
      if (asked.filter((one) => one === 'GET /orders/7').length === 2) enough.resolve(undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const hub = new Hub(shop);
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const visitors = bringVisitors({
        hub,
        urlOf: (name) => (name === 'production' ? url : undefined),
        scenarios: await visitsOf(configOf(), folder),
        everyMs: 5,
      });
      hub.saveJob(run, deployment('production', 'failure'));
      hub.saveJob(run, deployment('staging', 'success'));
      expect(visitors.count).toBe(0);
      hub.saveJob(run, deployment('production', 'success'));
      await enough.promise;
      await visitors.stop();
      const { count } = visitors;
      expect(count).toBeGreaterThan(1);
      expect(asked.slice(0, 1)).toEqual(['POST /orders']);
      hub.saveJob(run, deployment('production', 'success'));
      expect(visitors.count).toBe(count);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
