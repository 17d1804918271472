import { gunzipSync, gzipSync } from 'node:zlib';
import { secret, vulnerability } from './finding.fixture.ts';
import { mergeFindings } from './merge.ts';
import { writeSarif } from './sarif.ts';

interface Log {
  readonly runs: readonly {
    readonly automationDetails: { readonly id: string };
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly { readonly toolExecutionNotifications: readonly unknown[] }[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly locations: readonly unknown[];
      readonly partialFingerprints: Readonly<Record<string, string>>;
    }[];
  }[];
}

const read = (document: string): Log['runs'][number] => (JSON.parse(document) as Log).runs[0]!;
const many = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    vulnerability({
      ids: [`CVE-2024-${index}`],
      severity: index % 100 === 0 ? 'critical' : 'low',
      title: `A title of some length, as advisories have them, with the number ${index}`,
    }),
  );

describe('SARIF for code scanning', () => {
  it('has one run, with a rule for each advisory, and a place for each finding', () => {
    const { document } = writeSarif(
      'image',
      [vulnerability(), vulnerability({ purl: 'pkg:npm/minimist@1.0.0', severity: 'medium' })],
      ['trivy'],
    );
    const run = read(document);
    expect(run).toMatchObject({
      automationDetails: { id: 'sluice/image/' },
      tool: { driver: { rules: [{ id: 'CVE-2021-44906', properties: { 'security-severity': '9.5' } }] } },
      results: [
        { ruleId: 'CVE-2021-44906', ruleIndex: 0, level: 'error' },
        { ruleId: 'CVE-2021-44906', ruleIndex: 0, level: 'warning' },
      ],
    });
    const prints = run.results.map(({ partialFingerprints }) => partialFingerprints['sluiceFinding/v1']);
    expect(new Set(prints).size).toBe(2);
  });

  it('of a secret has the file and the line, and not the secret', () => {
    const { document } = writeSarif('secrets', [secret({ file: 'a b/ü.ts' })], ['secretlint']);
    expect(read(document).results[0]?.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'a%20b/%C3%BC.ts' },
          region: { startLine: 3 },
        },
      },
    ]);
  });

  it('names a file of an image from the image’s root, whatever is in its name', () => {
    const { document } = writeSarif('image', [vulnerability({ place: '/app/what?/a#b.json' })], ['grype']);
    expect(document).toContain('"uri":"app/what%3F/a%23b.json"');
  });

  it('leaves out the least bad where there are too many, and says so', () => {
    const findings = mergeFindings(many(1000));
    const { document, leftOut } = writeSarif('image', findings, ['trivy'], { results: 100, gzipBytes: 1e7 });
    const run = read(document);
    expect(leftOut).toBe(900);
    expect(run.results).toHaveLength(100);
    expect(run.results.filter(({ level }) => level === 'error')).toHaveLength(10);
    expect(run.invocations[0]?.toolExecutionNotifications).toMatchObject([
      { message: { text: '900 findings, the least bad, are left out: code scanning takes no more.' } },
    ]);
  });

  it('fits into what an upload may have', () => {
    const limits = { results: 25_000, gzipBytes: 20_000 };
    const { document, leftOut } = writeSarif('image', mergeFindings(many(2000)), ['trivy'], limits);
    const packed = gzipSync(document);
    expect(packed.length).toBeLessThanOrEqual(limits.gzipBytes);
    expect(leftOut).toBeGreaterThan(0);
    expect(read(gunzipSync(packed).toString()).results).toHaveLength(2000 - leftOut);
  });
});
