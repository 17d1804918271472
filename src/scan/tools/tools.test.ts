import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Finding } from '../finding.ts';
import { mergeFindings } from '../merge.ts';
import { grype } from './grype.ts';
import { scanners } from './index.ts';
import { localAdvisories } from './local-advisories.ts';
import { npmAudit } from './npm-audit.ts';
import { osvScanner } from './osv-scanner.ts';
import type { ProgramScanner, Report, Subject } from './scanner.ts';
import { trivy } from './trivy.ts';

const fixtures = path.join(import.meta.dirname, 'fixtures');
const root = path.resolve(import.meta.dirname, '../../..');

describe('what scanners print', () => {
  let subject: Subject;
  beforeEach(async () => {
    subject = {
      workspace: fixtures,
      layout: '/layout',
      lockFile: 'package-lock.json',
      advisories: path.relative(fixtures, path.join(root, '.sluice/advisories')),
      foreign: [],
      scratch: await mkdtemp(path.join(tmpdir(), 'sluice-scan-')),
      salt: 'acme/shop',
    };
  });
  afterEach(() => rm(subject.scratch, { recursive: true, force: true }));

  const read = async (scanner: ProgramScanner, file: string, database?: string): Promise<Report> => {
    const text = (name: string): Promise<string> => readFile(path.join(fixtures, name), 'utf8');
    return scanner.read(
      { stdout: await text(file), database: database === undefined ? undefined : await text(database) },
      subject,
    );
  };
  const brief = (findings: readonly Finding[]): readonly string[] =>
    findings.map((finding) =>
      finding.kind === 'secret'
        ? finding.file
        : `${finding.ids.join(' ')} ${finding.purl} ${finding.severity}`,
    );

  it('trivy: the packages of the distribution and of Node.js, and the age of its database', async () => {
    const report = await read(trivy, 'trivy.json', 'trivy-version.json');
    expect(brief(report.findings)).toEqual([
      'CVE-2023-45853 pkg:deb/debian/zlib1g@1.2.13.dfsg-1 critical',
      'CVE-2021-44906 GHSA-xvch-5gv4-984h pkg:npm/minimist@0.0.8 critical',
    ]);
    expect(report).toMatchObject({
      looked: 3,
      database: { kind: 'dated', builtAt: new Date('2026-11-24T00:31:05.217Z') },
    });
    expect(await read(trivy, 'trivy.json')).toMatchObject({ database: { kind: 'undated' } });
  });

  it('grype', async () => {
    const report = await read(grype, 'grype.json');
    expect(brief(report.findings)).toEqual([
      'GHSA-xvch-5gv4-984h CVE-2021-44906 pkg:npm/minimist@0.0.8 critical',
      'CVE-2022-48303 pkg:deb/debian/tar@1.34+dfsg-1.2 low',
    ]);
    expect(report.database).toEqual({ kind: 'dated', builtAt: new Date('2026-11-24T06:45:55Z') });
  });

  const known = [
    'GHSA-29mw-wpgm-hmr9 CVE-2020-28500 pkg:npm/lodash@4.17.4 medium',
    'GHSA-35jh-r3h4-6jhm CVE-2021-23337 pkg:npm/lodash@4.17.4 high',
    'GHSA-4w2v-q235-vp99 CVE-2020-28168 pkg:npm/axios@0.21.0 medium',
    'GHSA-jf85-cpcp-j695 CVE-2019-10744 pkg:npm/lodash@4.17.4 critical',
    'GHSA-xvch-5gv4-984h CVE-2021-44906 pkg:npm/minimist@0.0.8 critical',
  ];

  it('osv-scanner', async () => {
    const report = await read(osvScanner, 'osv-scanner.json');
    expect(brief(report.findings).toSorted()).toEqual(known);
    expect(report).toMatchObject({ looked: 4, database: { kind: 'live' } });
    expect(report.findings).toContainEqual(expect.objectContaining({ fixedIn: '0.2.4, 1.2.6' }));
  });

  it('npm audit: without the aliases, and with the versions of the lock file', async () => {
    const report = await read(npmAudit, 'npm-audit.json');
    expect(brief(report.findings).toSorted()).toEqual(known.map((line) => line.replace(/ CVE-\S+/, '')));
    expect(report).toMatchObject({ looked: 4, database: { kind: 'live' } });
  });

  it('npm audit that was refused: no report, though it ends as if it had found something', async () => {
    await expect(read(npmAudit, 'npm-audit-refused.json')).rejects.toThrow(
      'npm was not told: 405 Method Not Allowed',
    );
  });

  it('the local advisories', async () => {
    const report = await localAdvisories.scan(subject);
    expect(brief(report.findings).toSorted()).toEqual(known);
    expect(report).toMatchObject({ looked: 4, database: { kind: 'dated' } });
  });

  it('is one finding each, however many of them told', async () => {
    const reports = await Promise.all([
      read(trivy, 'trivy.json'),
      read(grype, 'grype.json'),
      read(osvScanner, 'osv-scanner.json'),
      read(npmAudit, 'npm-audit.json'),
      localAdvisories.scan(subject),
    ]);
    const merged = mergeFindings(reports.flatMap(({ findings }) => findings));
    expect(merged).toHaveLength(7);
    expect(merged).toContainEqual(
      expect.objectContaining({
        ids: ['CVE-2021-44906', 'GHSA-xvch-5gv4-984h'],
        scanners: ['trivy', 'grype', 'osv-scanner', 'npm-audit', 'local-advisories'],
      }),
    );
  });

  it.each(Object.values(scanners).filter((scanner) => scanner.kind === 'program'))(
    '$name: refuses what it does not print, without repeating it',
    async (scanner) => {
      const planted = 'a-secret-in-what-was-printed';
      for (const stdout of ['', 'no json', `{"a": "${planted}"}`, `[{"filePath": "${planted}"}]`, 'null']) {
        const attempt = async (): Promise<Report> => scanner.read({ stdout, database: undefined }, subject);
        const error = await attempt().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).message).not.toContain(planted);
      }
    },
  );

  it('says the exact version and checksum of whatever is fetched', () => {
    for (const { name, kind, ...scanner } of Object.values(scanners)) {
      if (kind !== 'program' || !('installation' in scanner)) continue;
      const { installation, version } = scanner;
      if (installation.kind !== 'release') continue;
      for (const { url, sha256 } of Object.values(installation.files)) {
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(url).toContain(`/releases/download/v${version ?? name}/`);
      }
    }
  });
});
