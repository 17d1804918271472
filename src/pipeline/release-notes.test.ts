import type { RecordedRelease } from '../promotion/index.ts';
import { withDeployments } from './release-notes.ts';

const deployed: RecordedRelease = {
  createdAt: '2026-11-24T09:59:00Z',
  hasServed: true,
  isRollback: false,
  record: 1,
  environment: 'production',
  version: '1.0.0',
  commit: 'a'.repeat(40),
  digest: 'sha256:d',
  image: undefined,
  by: 'a|da',
  standing: 'good',
  reason: undefined,
  since: '2026-11-24T10:00:00Z',
  url: undefined,
};
const row = '| production | deployed | 2026-11-24T10:00:00Z | `sha256:d` | a\\|da |  |';

describe('the notes of a release', () => {
  it('get a section at their end, and keep what people wrote', () => {
    const notes = withDeployments('Faster answers.\n', [deployed]);
    expect(notes.startsWith('Faster answers.\n\n<!-- sluice:deployments:start -->\n')).toBe(true);
    expect(notes).toContain(row);
  });

  it('are written in place, and the same again from the same records', () => {
    const once = withDeployments('Before.', [{ ...deployed, standing: 'open' }]);
    const edited = `${once}\n\nAfter.`;
    const twice = withDeployments(edited, [deployed]);
    expect(twice).not.toContain('under way');
    expect(twice).toMatch(/^Before\.[^]*deployed[^]*After\.$/);
    expect(withDeployments(twice, [deployed])).toBe(twice);
    expect(twice.match(/deployments:start/g)).toHaveLength(1);
  });

  it('may have been empty', () => {
    expect(withDeployments('', [deployed]).startsWith('<!-- sluice')).toBe(true);
  });
});
