import { configurationReference } from './configuration.ts';

describe('the reference of sluice.yml', () => {
  const page = configurationReference();

  it('has every key, with type and default', () => {
    expect(page).toContain('| `health.interval` | duration | `10s` | Between two checks. |');
    expect(page).toContain('| `on` | `{ branch }` or `{ tag }` | **required** |');
    expect(page).toContain(
      '| `availability` | `business-hours`, `while-testing`, `always` or percentage | `always` |',
    );
    expect(page).toContain('| `url` | URL or `{ var: NAME }` | – |');
  });

  it('has every rule between keys', () => {
    expect(page).toContain('- A `literal` secret is allowed where `security.level` is `relaxed`.');
    expect(page).toContain('- No ref deploys to two environments');
  });

  it('has no type that only the schema understands', () => {
    expect(page).not.toMatch(/\bundefined\b|\[object|\{ {2}\}/);
  });
});
