import { withGitHub } from './github.fake.ts';
import { openIncident } from './incidents.ts';
import { fakeRunner } from './runner.fake.ts';

const incident = { key: 'deployment shop production', title: 'shop: 1.2.3 is held', body: 'Why.' };
const marker = '<!-- sluice-incident: deployment shop production -->';
const connection = (apiUrl: string) => {
  const { runner, lines } = fakeRunner();
  return { connection: { token: 't', owner: 'o', repository: 'r', apiUrl, runner }, lines };
};

describe('opening an incident', () => {
  it('makes an issue with the label, and says where it is', async () => {
    await withGitHub(
      ({ method }) =>
        method === 'GET'
          ? { status: 200, body: [{ number: 1, body: 'another', html_url: 'http://github/1' }] }
          : { status: 201, body: { html_url: 'http://github/2' } },
      async ({ apiUrl, asked }) => {
        const bench = connection(apiUrl);
        expect(await openIncident(bench.connection, incident)).toBe('http://github/2');
        expect(asked.at(-1)).toEqual({
          method: 'POST',
          path: '/repos/o/r/issues',
          body: { title: incident.title, body: `Why.\n\n${marker}`, labels: ['incident'] },
        });
      },
    );
  });

  it('adds to the one that is open for the same thing', async () => {
    await withGitHub(
      ({ method }) =>
        method === 'GET'
          ? { status: 200, body: [{ number: 7, body: `Earlier.\n\n${marker}`, html_url: 'http://github/7' }] }
          : { status: 201, body: {} },
      async ({ apiUrl, asked }) => {
        const bench = connection(apiUrl);
        expect(await openIncident(bench.connection, incident)).toBe('http://github/7');
        expect(asked.at(-1)).toEqual({
          method: 'POST',
          path: '/repos/o/r/issues/7/comments',
          body: { body: 'Why.' },
        });
      },
    );
  });

  it('does not hide what it is about where it may not: a warning names the permission', async () => {
    await withGitHub(
      () => ({ status: 403, body: { message: 'Resource not accessible by integration' } }),
      async ({ apiUrl }) => {
        const bench = connection(apiUrl);
        expect(await openIncident(bench.connection, incident)).toBeUndefined();
        expect(bench.lines.join('\n')).toContain('issues: write');
      },
    );
  });
});
