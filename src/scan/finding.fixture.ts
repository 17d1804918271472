import type { LeakedSecret, ScannerName, Vulnerability } from './finding.ts';
import type { ScannerRun } from './run.ts';
import { scanners } from './tools/index.ts';
import type { Report } from './tools/scanner.ts';

/** A finding as tests need it. */
export function vulnerability(changes: Partial<Vulnerability> = {}): Vulnerability {
  return {
    kind: 'vulnerability',
    ids: ['CVE-2021-44906'],
    purl: 'pkg:npm/minimist@0.0.8',
    severity: 'critical',
    title: 'Prototype pollution',
    fixedIn: '0.2.4',
    url: 'https://osv.dev/CVE-2021-44906',
    place: 'service/package-lock.json',
    scanners: ['trivy'],
    ...changes,
  };
}

export function secret(changes: Partial<LeakedSecret> = {}): LeakedSecret {
  return {
    kind: 'secret',
    id: 'secret:0123456789ab',
    rule: 'github',
    file: 'src/a.ts',
    line: 3,
    scanners: ['secretlint'],
    ...changes,
  };
}

/** A scanner that did its work. */
export function reported(name: ScannerName, report: Partial<Report> = {}): ScannerRun {
  return {
    kind: 'reported',
    scanner: scanners[name],
    version: '1.0.0',
    report: { findings: [], looked: 10, database: { kind: 'live' }, ...report },
  };
}
