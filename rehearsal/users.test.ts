import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hub } from './hub/hub.ts';
import { jobOf, runOf, shop } from './hub/model.fixture.ts';
import type { Job, Run, Status } from './hub/model.ts';
import { bringUsers, type TrafficFigures } from './users.ts';

const deployment = (environment: string, status: Status): Job =>
  jobOf({ environment: { name: environment }, status });

describe('users of a deployment', () => {
  let server: Server;
  let received = 0;
  let enough: { count: number; resolve: () => void } | undefined;
  let hub: Hub;
  let run: Run;

  beforeEach(async () => {
    received = 0;
    server = createServer((_request, response) => {
      received += 1;
      response.end(JSON.stringify({ version: received < 10 ? '1.0.0' : '1.0.1' }));
      if (enough !== undefined && received >= enough.count) enough.resolve();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    hub = new Hub(shop);
    run = runOf();
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const bring = (ended: TrafficFigures[]) =>
    bringUsers({
      hub,
      urlOf: (environment) =>
        environment === 'production'
          ? new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/version`)
          : undefined,
      versionKey: 'version',
      requestsPerSecond: 500,
      onEnd: (figures) => ended.push(figures),
    });

  it('are there from the job’s start to its end, and tell what they saw', async () => {
    const ended: TrafficFigures[] = [];
    const users = bring(ended);
    const arrived = new Promise<void>((resolve) => (enough = { count: 40, resolve }));
    hub.saveJob(run, deployment('production', 'in_progress'));
    hub.saveJob(run, deployment('production', 'in_progress'));
    await arrived;
    hub.saveJob(run, deployment('production', 'completed'));
    await users.stop();
    expect(ended).toHaveLength(1);
    expect(ended).toEqual(users.figures);
    expect(ended[0]).toMatchObject({ runId: 1, environment: 'production', failed: 0, requests: received });
    expect(Object.keys(ended[0]?.versions ?? {})).toEqual(['1.0.0', '1.0.1']);
  });

  it('do not come where no traffic is shifted, nor before the job is let in', async () => {
    const ended: TrafficFigures[] = [];
    const users = bring(ended);
    hub.saveJob(run, deployment('development', 'in_progress'));
    hub.saveJob(run, deployment('production', 'waiting'));
    hub.saveJob(run, deployment('production', 'completed'));
    await users.stop();
    expect({ ended, received }).toEqual({ ended: [], received: 0 });
  });
});
