import { secret, reported, vulnerability } from './finding.fixture.ts';
import { cleaned, printable, type Finding } from './finding.ts';
import { judge, type Judgement } from './judge.ts';
import { mergeFindings } from './merge.ts';
import { writeSarif } from './sarif.ts';
import { grype } from './tools/grype.ts';
import { npmAudit } from './tools/npm-audit.ts';
import { osvScanner } from './tools/osv-scanner.ts';
import type { ProgramScanner, Report, Subject } from './tools/scanner.ts';
import { trivy } from './tools/trivy.ts';
import { parseVex } from './vex.ts';
import { isWaived, parseWaivers, type Waiver } from './waivers.ts';
import { describeRun } from './words.ts';

// What scanners, advisories, images and repositories may try, so that something bad looks clean or a log says what they
// want it to say.

const now = new Date('2026-11-24T12:00:00Z');
const layout = '/tmp/image';
const subject: Subject = {
  workspace: import.meta.dirname,
  layout,
  lockFile: 'tools/fixtures/package-lock.json',
  advisories: undefined,
  foreign: [],
  scratch: '/nowhere',
  salt: 'acme/shop',
};
const read = async (scanner: ProgramScanner, document: unknown): Promise<Report> =>
  scanner.read({ stdout: JSON.stringify(document), database: undefined }, subject);
const idsOf = ({ findings }: Report): readonly (readonly string[])[] =>
  findings.map((finding) => (finding.kind === 'secret' ? [] : finding.ids));

const trivyReport = (vulnerabilities: readonly object[], changes: object = {}): object => ({
  SchemaVersion: 2,
  ArtifactName: layout,
  ArtifactType: 'container_image',
  Results: [{ Target: 'image', Packages: [{}], Vulnerabilities: vulnerabilities }],
  ...changes,
});
const grypeReport = (matches: readonly object[], source: object = {}): object => ({
  matches,
  source: { type: 'image', target: { userInput: layout }, ...source },
  descriptor: { name: 'grype' },
});
const match = (vulnerability: object, related: readonly string[]): object => ({
  vulnerability,
  relatedVulnerabilities: related.map((id) => ({ id })),
  artifact: { name: 'curl', version: '7', type: 'rpm', locations: [] },
});

describe('a report', () => {
  it.each([
    ['nothing at all', null],
    ['an empty list', []],
    ['an empty object', {}],
    ['a text', 'clean'],
  ])('of %s is none', async (_, document) => {
    for (const scanner of [trivy, grype, osvScanner, npmAudit]) {
      await expect(read(scanner, document)).rejects.toThrow();
    }
  });

  it('that was cut off is none', async () => {
    const whole = JSON.stringify(trivyReport([{ VulnerabilityID: 'CVE-1', PkgName: 'a' }]));
    const cut = async (): Promise<Report> =>
      trivy.read({ stdout: whole.slice(0, -20), database: undefined }, subject);
    await expect(cut()).rejects.toThrow('it is no JSON');
  });

  it('about another image is none', async () => {
    const elsewhere = 'it is about something else than the image';
    await expect(read(trivy, trivyReport([], { ArtifactName: '/tmp/image-2' }))).rejects.toThrow(elsewhere);
    await expect(read(trivy, trivyReport([], { ArtifactType: 'filesystem' }))).rejects.toThrow(
      'ArtifactType',
    );
    const other = { target: { userInput: '/tmp/image/other' } };
    await expect(read(grype, grypeReport([], other))).rejects.toThrow(elsewhere);
    await expect(read(grype, grypeReport([], { type: 'directory' }))).rejects.toThrow('source.type');
    await expect(read(grype, grypeReport([]))).resolves.toMatchObject({ findings: [] });
    await expect(
      read(grype, grypeReport([], { target: { userInput: `oci-dir:${layout}` } })),
    ).resolves.toMatchObject({ findings: [] });
  });

  it.each(['', ' ', 'CVE-1\n::set-output name=clean::true'])(
    'with a finding called %j is none',
    async (id) => {
      const nameless = trivyReport([{ VulnerabilityID: id, PkgName: 'a' }]);
      await expect(read(trivy, nameless)).rejects.toThrow('VulnerabilityID is not as');
      await expect(read(grype, grypeReport([match({ id }, [])]))).rejects.toThrow(
        'vulnerability.id is not as',
      );
    },
  );

  it('by npm of a place that the lock file does not have is a finding all the same', async () => {
    const advisory = { source: 1, name: 'ghost', url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc' };
    const audit = (nodes: readonly string[]): object => ({
      auditReportVersion: 2,
      vulnerabilities: { ghost: { name: 'ghost', via: [advisory], nodes } },
      metadata: { dependencies: { total: 4 } },
    });
    for (const nodes of [[], ['node_modules/ghost']]) {
      expect((await read(npmAudit, audit(nodes))).findings).toMatchObject([{ purl: 'pkg:npm/ghost' }]);
    }
  });
});

describe('a waiver of one vulnerability', () => {
  const waiver = (id: string, scope: string): Waiver => ({
    id,
    scope,
    reason: 'not reached',
    owner: '@platform',
    expires: '2026-12-01',
    place: { file: 'w.yml', line: 1, column: 1 },
  });

  it('covers none of the others that a distribution mends with it', async () => {
    const both = trivyReport([
      { VulnerabilityID: 'CVE-2019-1', VendorIDs: ['DSA-4633-1'], PkgName: 'curl', InstalledVersion: '7' },
      { VulnerabilityID: 'CVE-2019-2', VendorIDs: ['DSA-4633-1'], PkgName: 'curl', InstalledVersion: '7' },
    ]);
    const merged = mergeFindings((await read(trivy, both)).findings);
    expect(merged).toHaveLength(2);
    const accepted = merged.filter((one) => isWaived(one, waiver('CVE-2019-1', 'pkg:generic/curl')));
    expect(accepted).toMatchObject([{ ids: ['CVE-2019-1'] }]);
  });

  it('covers no advisory that is about several', async () => {
    const several = grypeReport([match({ id: 'ALAS-2020-1' }, ['CVE-2019-1', 'CVE-2019-2'])]);
    expect(idsOf(await read(grype, several))).toEqual([['ALAS-2020-1']]);
    const one = grypeReport([match({ id: 'GHSA-1' }, ['CVE-2019-1', 'CVE-2019-1'])]);
    expect(idsOf(await read(grype, one))).toEqual([['GHSA-1', 'CVE-2019-1']]);
  });

  it.each(['pkg:npm/*', 'pkg:*/minimist', 'pkg:npm/minimist@*', '*'])('may not be for %s', (scope) => {
    const text = `waivers:
  - { id: CVE-1, scope: '${scope}', reason: only in the build, owner: me, expires: 2026-12-01 }
`;
    const { waivers, problems } = parseWaivers(text, 'w.yml', now);
    expect(waivers).toEqual([]);
    expect(problems).toMatchObject([{ line: 2, expected: expect.stringContaining('package URL') as string }]);
  });
});

describe('an OpenVEX statement', () => {
  const document = (statement: object): string =>
    JSON.stringify({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      author: 'Mallory',
      timestamp: '2026-11-01T00:00:00Z',
      statements: [{ vulnerability: { name: 'CVE-1' }, products: [{ '@id': 'pkg:npm/a' }], ...statement }],
    });

  it.each([
    ['that nothing justifies', { status: 'not_affected' }, 'justification'],
    [
      'that is justified by words of its own',
      { status: 'not_affected', justification: 'trust me' },
      'justification',
    ],
    ['about no product', { status: 'fixed', status_notes: 'x', products: [] }, 'products'],
    [
      'of a time to come, which would hold against all that follow',
      { status: 'fixed', status_notes: 'x', timestamp: '2099-01-01T00:00:00Z' },
      'which is to come',
    ],
  ])('%s is refused', (_, statement, reason) => {
    expect(() => parseVex(document(statement), now)).toThrow(reason);
  });
});

describe('a database that says it is of the future', () => {
  it('does not count as new', () => {
    const judged = (builtAt: string): Judgement =>
      judge({
        runs: [reported('trivy', { database: { kind: 'dated', builtAt: new Date(builtAt) } })],
        waivers: { waivers: [], problems: [] },
        statements: [],
        policy: { failOn: ['high'], databaseAgeMs: 48 * 3_600_000 },
        now,
      });
    expect(judged('2026-11-24T12:10:00Z').outcome).toBe('passed');
    expect(judged('2099-01-01T00:00:00Z')).toMatchObject({
      outcome: 'inconclusive',
      gaps: [{ what: 'has a database of the future' }],
    });
  });
});

describe('texts of an advisory', () => {
  const hostile = [
    'first\n::add-mask::e',
    'first\r::set-output name=clean::true',
    'a##[add-mask]e',
    '\u001b[2J\u001b[1;31mred',
    'a\u2028::error::b',
    'left \u202e right',
    'half \ud800 a pair',
    'x'.repeat(100_000),
  ];

  it.each(hostile)('are one line that is only read: %j', (text) => {
    const line = printable(text);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|##\[/u);
    expect(line.length).toBeLessThanOrEqual(300);
  });

  it('keep what is no harm', () => {
    const text = 'Übergröße in 日本語 (CWE-79): <b>"quotes" & ::colons::</b> 🎉';
    expect(printable(text)).toBe(text);
  });

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'not a link', ''])('link nowhere with %j', (url) => {
    expect(cleaned(vulnerability({ url }))).toMatchObject({ url: undefined });
  });

  it('of one that did not tell begin no command, whatever the keys of its report', async () => {
    const report = { auditReportVersion: 2, vulnerabilities: { 'a\n::stop-commands::x': {} }, metadata: {} };
    const failed = await read(npmAudit, report).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
    const line = describeRun({ kind: 'unreadable', scanner: npmAudit, why: printable(failed) });
    expect(line).toMatch(/^npm-audit did not tell: /);
    expect(line).not.toContain('\n');
  });
});

describe('the SARIF of hostile places', () => {
  const placesOf = (...findings: readonly Finding[]): readonly string[] => {
    const { document } = writeSarif('image', findings, ['trivy']);
    const { runs } = JSON.parse(document) as {
      runs: { results: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }[] }[];
    };
    return runs.flatMap(({ results }) =>
      results.flatMap(({ locations }) => locations.map((one) => one.physicalLocation.artifactLocation.uri)),
    );
  };

  it.each([
    ['../../etc/passwd', 'etc/passwd'],
    ['/a/./../b', 'a/b'],
    ['..', 'unknown'],
    ['', 'unknown'],
    ['file:///etc/passwd', 'file%3A/etc/passwd'],
    ['C:\\Windows', 'C%3A%5CWindows'],
    ['half \ud800', 'half%20%EF%BF%BD'],
  ])('%j leads to nothing but %j', (place, uri) => {
    expect(placesOf(vulnerability({ place }))).toEqual([uri]);
    expect(placesOf(secret({ file: place, line: 0 }))).toEqual([uri]);
  });
});
