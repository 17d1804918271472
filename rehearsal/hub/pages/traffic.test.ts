import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addDeployment, addJob, addRun, at, serveHub, type ServedHub } from '../hub.fixture.ts';
import type { Traffic } from '../traffic.ts';
import { canary, trafficStandIn, type TrafficStandIn } from '../traffic.fixture.ts';

let served: ServedHub;
let traffic: TrafficStandIn;
beforeEach(async () => {
  traffic = trafficStandIn();
  served = await serveHub({ traffic, config: 'sluice.yml' });
});
afterEach(() => served.stop());

const get = async (path: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(served.server.url + path);
  return { status: response.status, text: await response.text() };
};

/** The events of an open traffic page, one after the other. */
async function follow(environment: string) {
  const abort = new AbortController();
  const response = await fetch(`${served.server.url}/environments/${environment}/traffic/events`, {
    signal: abort.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  const next = async (): Promise<Traffic> => {
    for (;;) {
      const [event, ...rest] = buffer.split('\n\n');
      if (rest.length > 0) {
        buffer = rest.join('\n\n');
        const found = /^event: traffic\ndata: (.*)$/.exec(event ?? '');
        if (found !== null) return JSON.parse(found[1] ?? '') as Traffic;
        continue;
      }
      const { value, done } = await reader.read();
      if (done) throw new Error('The stream has ended.');
      buffer += value;
    }
  };
  return { next, close: () => abort.abort(), response };
}

test('a page of traffic gets all that is known, then only what is new', async () => {
  const second = 1_800_000_000;
  traffic.set(canary(second));
  const stream = await follow('production');
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  expect((await stream.next()).seconds).toHaveLength(170);
  traffic.set({ ...canary(second + 2), shift: undefined });
  const news = await stream.next();
  // The last three seconds once more: requests that began in them may have ended since.
  expect(news.seconds.map(({ at: when }) => when - second)).toEqual([-2, -1, 0, 1, 2]);
  expect(news.shift).toBeUndefined();
  expect(traffic.watchers).toBe(1);
  const closed = new Promise<void>((resolve) => {
    const look = (): void => {
      if (traffic.watchers === 0) resolve();
      else setImmediate(look);
    };
    look();
  });
  stream.close();
  await closed;
});

test('the page shows what is known before any script runs, and values are escaped', async () => {
  const [blue, green] = canary(0).sides;
  traffic.set(
    canary(0, {
      sides: [
        { ...blue!, percent: 200 / 3 },
        { ...green!, percent: 100 / 3, version: '<b>1.2.0</b>' },
      ],
    }),
  );
  const { text } = await get('/environments/production/traffic');
  expect(text).toContain('PRODUCTION_TRAFFIC_SHIFT');
  expect(text).toContain('33.3 %');
  expect(text).toContain('2 of 2 targets healthy');
  expect(text).toContain('&#60;b&#62;1.2.0');
});

test('a single target group is the service, and has no colour', async () => {
  const side = { colour: 'blue', version: '1.1.0', percent: 100, healthyTargets: 2, targets: 2 } as const;
  traffic.set(canary(0, { environment: 'staging', sides: [side], shift: undefined }));
  const { text } = await get('/environments/staging/traffic');
  expect(text).toMatch(/<h2><span class="swatch"[^>]*><\/span>service<\/h2>/);
  expect([...text.matchAll(/<th [^>]*>([^<]*)/g)].map(([, name]) => name)).toEqual([
    'Time',
    'service',
    'Load balancer itself',
    'Failed',
  ]);
  expect((await get('/environments/staging')).text).toMatch(/100 % service · 1\.1\.0/);
  expect((await get('/')).text).not.toMatch(/% (?:blue|green)/);
});

test('without a load balancer there is no page, no stream and no link', async () => {
  expect((await get('/environments/production/traffic')).status).toBe(404);
  expect((await get('/environments/production/traffic/events')).status).toBe(404);
  expect((await get('/environments/production')).text).not.toContain('/traffic');
});

test('the environment, the run that deploys to it and the front page lead to it', async () => {
  traffic.set(canary(0));
  const run = addRun(served.hub, { sha: served.shas.first });
  addJob(served.hub, run, { key: 'deploy', environment: { name: 'production' } });
  for (const page of ['/', '/environments/production', `/runs/${run.id}`]) {
    const { text } = await get(page);
    expect([page, /href="\/environments\/production\/traffic"/.test(text)]).toEqual([page, true]);
    expect(text).toContain('50 % green · 1.2.0');
  }
});

describe('whether what was deployed still answers', () => {
  let service: Server;
  let url: string;
  let status = 200;
  beforeEach(async () => {
    service = createServer((_, response) => void response.writeHead(status).end());
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/`;
  });
  afterEach(() => service.close());
  const deploy = (environmentUrl: string, environment = 'development'): void =>
    void addDeployment(served.hub, {
      sha: served.shas.first,
      environment,
      statuses: [{ id: 1, state: 'success', description: '', environmentUrl, logUrl: '', createdAt: at }],
    });
  const card = async (environment = 'development'): Promise<string> => {
    const { text } = await get('/');
    const start = text.indexOf(`href="/environments/${environment}"`);
    return text.slice(start, text.indexOf('</li>', start)).replaceAll(/\s+/g, ' ');
  };

  test('it does', async () => {
    deploy(url);
    expect(await card()).toMatch(/live.*answers 200/);
  });

  test('it answers with an error', async () => {
    status = 503;
    deploy(url);
    expect(await card()).toMatch(/not answering.*answers 503/);
  });

  test('nobody is there', async () => {
    service.close();
    await once(service, 'close');
    deploy(url);
    expect(await card()).toMatch(/not answering.*does not answer/);
  });

  test('other machines are not asked', async () => {
    deploy('https://chatbot.example.org/');
    expect(await card()).toMatch(/as recorded/);
  });

  test('a load balancer’s targets are known without a request', async () => {
    let asked = 0;
    service.on('request', () => (asked += 1));
    deploy(url, 'production');
    const [blue, green] = canary(0).sides;
    traffic.set(
      canary(0, {
        sides: [
          { ...blue!, percent: 100, healthyTargets: 0 },
          { ...green!, percent: 0 },
        ],
      }),
    );
    expect(await card('production')).toMatch(/not answering.*0 of 2 targets healthy/);
    traffic.set(canary(0));
    expect(await card('production')).toMatch(/live.*4 of 4 targets healthy/);
    expect(asked).toBe(0);
  });
});
