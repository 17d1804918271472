import { secret, vulnerability } from './finding.fixture.ts';
import { exoneration, parseVex } from './vex.ts';

const now = new Date('2026-11-24T12:00:00Z');
const document = (...statements: unknown[]): string =>
  JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://example.org/vex/1',
    author: 'Platform',
    timestamp: '2026-11-01T00:00:00Z',
    version: 1,
    statements,
  });
const statement = (changes: Record<string, unknown> = {}) => ({
  vulnerability: { name: 'CVE-2021-44906' },
  products: [{ '@id': 'pkg:npm/minimist' }],
  status: 'not_affected',
  justification: 'vulnerable_code_not_in_execute_path',
  ...changes,
});
const holds = (...statements: unknown[]): boolean =>
  exoneration(vulnerability(), parseVex(document(...statements), now)) !== undefined;

describe('OpenVEX', () => {
  it('exonerates by a justified statement about the package, or about a part of the product', () => {
    expect(holds(statement())).toBe(true);
    const part = { '@id': 'pkg:oci/chatbot', subcomponents: [{ '@id': 'pkg:npm/minimist@0.0.8' }] };
    expect(holds(statement({ products: [part] }))).toBe(true);
    expect(holds(statement({ vulnerability: { name: 'X', aliases: ['CVE-2021-44906'] } }))).toBe(true);
    const fixed = { status: 'fixed', justification: undefined, status_notes: 'patched in our build' };
    expect(holds(statement(fixed))).toBe(true);
  });

  it('does not by one about another package, advisory or status', () => {
    expect(holds(statement({ products: [{ '@id': 'pkg:npm/other' }] }))).toBe(false);
    expect(holds(statement({ products: [{ '@id': 'pkg:oci/chatbot' }] }))).toBe(false);
    expect(holds(statement({ vulnerability: { name: 'CVE-1' } }))).toBe(false);
    expect(holds(statement({ status: 'under_investigation' }))).toBe(false);
  });

  it('lets the latest statement hold', () => {
    const later = statement({ status: 'affected', timestamp: '2026-11-02T00:00:00Z' });
    expect(holds(later, statement())).toBe(false);
    expect(holds(statement({ timestamp: '2026-11-03T00:00:00Z' }), later)).toBe(true);
  });

  it('wants to be told why', () => {
    expect(() => parseVex(document(statement({ justification: undefined })), now)).toThrow(
      'statements.0.justification is not as',
    );
    expect(() => parseVex(document(statement({ status: 'fixed' })), now)).toThrow(
      'statements.0.status_notes',
    );
    expect(() => parseVex('{}', now)).toThrow('@context is not as');
  });

  it('says nothing about secrets', () => {
    expect(exoneration(secret(), parseVex(document(statement()), now))).toBeUndefined();
  });
});
