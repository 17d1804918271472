import { configureEnvironment } from '../environments/index.ts';
import { addJob, addRun, at, serveHub, type ServedHub } from '../hub.fixture.ts';
import type { Run } from '../model.ts';

let served: ServedHub;
beforeEach(async () => {
  served = await serveHub();
});
afterEach(() => served.stop());

async function post(
  address: string,
  fields: readonly (readonly [string, string])[],
  origin = served.server.url,
) {
  const response = await fetch(served.server.url + address, {
    method: 'POST',
    headers: { origin },
    body: new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])),
    redirect: 'manual',
  });
  return { status: response.status, to: response.headers.get('location'), text: await response.text() };
}

function waitingRun(): Run {
  for (const name of ['eu', 'us'])
    configureEnvironment(served.hub, name, { reviewers: ['ada', 'grace'], preventSelfReview: true });
  const run = addRun(served.hub, { sha: served.shas.first, status: 'waiting' });
  delete run.conclusion;
  for (const name of ['eu', 'us']) {
    const job = addJob(served.hub, run, {
      key: name,
      status: 'waiting',
      environment: { name },
      gate: { since: at, review: 'needed' },
    });
    delete job.conclusion;
  }
  return run;
}

const reviewsOf = (run: Run): (string | undefined)[] => run.jobs.slice(1).map(({ gate }) => gate?.review);

test('a review of another site’s making is refused before it is read', async () => {
  const run = waitingRun();
  const review = [
    ['environment', 'eu'],
    ['state', 'approved'],
    ['actor', 'grace'],
  ] as const;
  for (const origin of ['https://evil.example', 'null', served.server.url.replace('http', 'https')]) {
    expect((await post(`/runs/${run.id}/review`, review, origin)).status).toBe(403);
  }
  expect(reviewsOf(run)).toEqual(['needed', 'needed']);
});

test('one environment of two is approved, the other stays', async () => {
  const run = waitingRun();
  const review = [
    ['environment', 'us'],
    ['state', 'approved'],
    ['actor', 'grace'],
    ['comment', '  Go  '],
  ] as const;
  expect(await post(`/runs/${run.id}/review`, review)).toMatchObject({ status: 303, to: `/runs/${run.id}` });
  expect(reviewsOf(run)).toEqual(['needed', 'approved']);
  expect(run.reviews).toMatchObject([{ environments: ['us'], comment: 'Go' }]);
});

test.each([
  [
    'by the one who pushed',
    [
      ['environment', 'eu'],
      ['state', 'approved'],
      ['actor', 'ada'],
    ],
    'prevents self-review',
  ],
  [
    'by somebody else',
    [
      ['environment', 'eu'],
      ['state', 'approved'],
      ['actor', 'mallory'],
    ],
    'not one of the required reviewers',
  ],
  [
    'by nobody',
    [
      ['environment', 'eu'],
      ['state', 'rejected'],
    ],
    'not one of the required reviewers',
  ],
  [
    'of nothing',
    [
      ['state', 'approved'],
      ['actor', 'grace'],
    ],
    'no environment was named',
  ],
  [
    'without a word',
    [
      ['environment', 'eu'],
      ['actor', 'grace'],
    ],
    'Approve, or reject',
  ],
] as const)('a review %s does not count', async (_, fields, reason) => {
  const run = waitingRun();
  const { status, text } = await post(`/runs/${run.id}/review`, fields);
  expect([status, text.includes(reason), text.includes(`href="/runs/${run.id}"`)]).toEqual([422, true, true]);
  expect(reviewsOf(run)).toEqual(['needed', 'needed']);
});

test('a run that is not there has no buttons', async () => {
  for (const button of ['cancel', 'force-cancel', 'rerun', 'rerun-failed', 'review']) {
    expect((await post(`/runs/7/${button}`, [])).status).toBe(404);
  }
});

test('a workflow is started with what its form was sent with; a box that is not checked is false', async () => {
  const fields = [
    ['ref', 'main'],
    ['actor', 'grace'],
    ['input.release', 'v1.0.0'],
    ['input.unknown', 'ignored'],
  ] as const;
  expect(await post('/workflows/rollback.yml/dispatch', fields)).toMatchObject({ status: 303 });
  expect(served.control.asked).toEqual([
    `dispatch .github/workflows/rollback.yml main ${JSON.stringify({ environment: '', release: 'v1.0.0', strategy: '', percent: '', force: 'false' })}`,
  ]);
  const { status, text } = await post('/workflows/other.yml/dispatch', fields);
  expect([status, text.includes('no workflow other.yml')]).toEqual([422, true]);
});

test('GitHub’s addresses of releases and environments lead to ours', async () => {
  const { owner, name } = served.hub.repository;
  for (const [from, to] of [
    ['releases/tag/v1.0.0', '/releases#v1.0.0'],
    ['releases', '/releases'],
    ['deployments/production', '/environments/production'],
  ] as const) {
    const response = await fetch(`${served.server.url}/${owner}/${name}/${from}`, { redirect: 'manual' });
    expect([from, response.headers.get('location')]).toEqual([from, to]);
  }
});
