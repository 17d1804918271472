import fc from 'fast-check';
import { vulnerability, secret } from './finding.fixture.ts';
import type { Vulnerability } from './finding.ts';
import { mergeFindings } from './merge.ts';

const cve = 'CVE-2021-44906';
const ghsa = 'GHSA-xvch-5gv4-984h';

describe('one finding for what several scanners found', () => {
  it('knows a CVE and a GHSA from three scanners as one, with the worst of their severities', () => {
    const merged = mergeFindings([
      vulnerability({ ids: [cve], severity: 'high', scanners: ['trivy'], fixedIn: undefined }),
      vulnerability({ ids: [ghsa], severity: 'critical', scanners: ['npm-audit'], fixedIn: undefined }),
      vulnerability({ ids: [ghsa, cve], severity: 'unknown', scanners: ['osv-scanner'], fixedIn: '0.2.4' }),
    ]);
    expect(merged).toMatchObject([
      {
        ids: [cve, ghsa],
        severity: 'critical',
        scanners: ['trivy', 'npm-audit', 'osv-scanner'],
        fixedIn: '0.2.4',
      },
    ]);
  });

  it('takes an alias that was told about another package', () => {
    const merged = mergeFindings([
      vulnerability({ ids: [cve], purl: 'pkg:npm/a@1', scanners: ['trivy'] }),
      vulnerability({ ids: [ghsa], purl: 'pkg:npm/a@1', scanners: ['npm-audit'] }),
      vulnerability({ ids: [ghsa, cve], purl: 'pkg:npm/b@1', scanners: ['grype'] }),
    ]);
    expect(merged.map((finding) => 'purl' in finding && finding.purl)).toEqual([
      'pkg:npm/a@1',
      'pkg:npm/b@1',
    ]);
  });

  it('keeps packages, versions and advisories apart', () => {
    const merged = mergeFindings([
      vulnerability({ purl: 'pkg:npm/a@1' }),
      vulnerability({ purl: 'pkg:npm/a@2' }),
      vulnerability({ purl: 'pkg:npm/b@1' }),
      vulnerability({ purl: 'pkg:npm/b@1', ids: ['CVE-2000-1'] }),
    ]);
    expect(merged).toHaveLength(4);
  });

  it('keeps two secrets in one line apart', () => {
    expect(mergeFindings([secret(), secret({ id: 'secret:ffffffffffff' }), secret()])).toHaveLength(2);
  });

  it('gives the same whatever the order, and the worst first', () => {
    const name = fc.constantFrom('CVE-1', 'CVE-2', 'CVE-3', 'GHSA-1', 'GHSA-2', 'GHSA-3');
    const finding = fc
      .record({
        ids: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
        purl: fc.constantFrom('pkg:npm/a@1', 'pkg:npm/b@1'),
        severity: fc.constantFrom('critical' as const, 'high' as const, 'medium' as const, 'low' as const),
      })
      .map((changes) => vulnerability({ ...changes, title: '', url: undefined, fixedIn: undefined }));
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 12 }), (findings) => {
        const merged = mergeFindings(findings) as readonly Vulnerability[];
        expect(mergeFindings(findings.toReversed())).toEqual(merged);
        expect(mergeFindings(merged)).toEqual(merged);
        // No two of them share a package and any name.
        for (const [index, one] of merged.entries()) {
          for (const other of merged.slice(index + 1)) {
            expect(one.purl === other.purl && one.ids.some((id) => other.ids.includes(id))).toBe(false);
          }
        }
      }),
    );
  });
});
