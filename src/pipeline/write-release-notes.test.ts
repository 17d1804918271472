import { withGitHub, type Answer, type Asked } from '../github/github.fake.ts';
import { fakeRunner } from '../github/runner.fake.ts';
import { writeReleaseNotes } from './write-release-notes.ts';

const sha = 'a'.repeat(40);

/** What GitHub was asked to change, and what the log says. */
async function write(release: Answer, change: Answer): Promise<{ changes: unknown[]; lines: string[] }> {
  const { runner, lines } = fakeRunner();
  const changes: unknown[] = [];
  const answer = ({ method, path, body }: Asked): Answer => {
    if (method === 'PATCH') {
      changes.push({ path, body });
      return change;
    }
    if (path.includes('/releases/tags/')) return release;
    if (path.includes('/statuses')) {
      return { status: 200, body: [{ state: 'success', description: '1.0.0 answers', created_at: 'now' }] };
    }
    const environment = new URL(path, 'http://github').searchParams.get('environment');
    const commits = environment === 'production' ? [sha, 'b'.repeat(40)] : ['b'.repeat(40)];
    return {
      status: 200,
      body: commits.map((commit, id) => ({
        id,
        sha: commit,
        environment,
        payload: { commit, digest: 'sha256:d' },
      })),
    };
  };
  await withGitHub(answer, async ({ apiUrl }) => {
    await writeReleaseNotes({ token: 't', owner: 'o', repository: 'r', apiUrl }, runner, {
      tag: 'v1.0.0',
      sha,
      environments: ['production', 'staging'],
    });
  });
  return { changes, lines };
}

const found: Answer = {
  status: 200,
  body: { id: 4, body: 'Faster.', html_url: 'http://github/o/r/releases/tag/v1.0.0' },
};

describe('writing the notes of a release', () => {
  it('adds where this very commit was deployed', async () => {
    const { changes } = await write(found, { status: 200, body: {} });
    expect(changes).toEqual([
      {
        path: '/repos/o/r/releases/4',
        body: { body: expect.stringMatching(/^Faster\.[^]*\| production \| deployed \|/) as string },
      },
    ]);
    expect(JSON.stringify(changes)).not.toContain('| staging |');
  });

  it('makes no release where there is none', async () => {
    const { changes, lines } = await write(
      { status: 404, body: { message: 'Not Found' } },
      { status: 200, body: {} },
    );
    expect(changes).toEqual([]);
    expect(lines).toEqual(['There is no release of v1.0.0, and so no notes to write into.']);
  });

  it('only says so where the token may not', async () => {
    const { lines } = await write(found, {
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^::notice.*could not be written: Resource not accessible.*contents: write/);
  });
});
