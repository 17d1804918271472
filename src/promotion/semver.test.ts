import { compareVersions, parseVersion } from './semver.ts';
import { versionOfTag } from './tag-rules.ts';

const parsed = (text: string) => parseVersion(text)!;

describe('versions', () => {
  it.each(['v1.2.3.4', 'v01.2.3', 'v1.2.x', 'v1.2.3-', 'v1.2.3-01', 'v1.2', '1.2.3', 'v', 'vv1.2.3'])(
    'are strict: %s is none',
    (tag) => {
      expect(versionOfTag(tag)).toBeUndefined();
    },
  );

  it.each(['v1.2.3', 'v1.2.3-rc.1', 'v10.20.30+build.5', 'v0.0.0-0a'])('are strict: %s is one', (tag) => {
    expect(versionOfTag(tag)).toBe(tag.slice(1));
  });

  it('come in the order of the specification', () => {
    // https://semver.org/#spec-item-11, with the numbers around it
    const order = [
      '0.9.10',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.9',
      '1.0.10',
      '1.2.0',
      '1.10.0',
      '2.0.0',
    ];
    for (const [i, a] of order.entries()) {
      for (const [j, b] of order.entries()) {
        expect(`${a} ${b} ${Math.sign(compareVersions(parsed(a), parsed(b)))}`).toBe(
          `${a} ${b} ${Math.sign(i - j)}`,
        );
      }
    }
  });

  it('differ in nothing where only the build does', () => {
    expect(compareVersions(parsed('1.0.0+a'), parsed('1.0.0+b'))).toBe(0);
  });
});
