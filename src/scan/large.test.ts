import { judge } from './judge.ts';
import { writeSarif } from './sarif.ts';
import { trivy } from './tools/trivy.ts';
import { scanners } from './tools/index.ts';
import { parseWaivers } from './waivers.ts';

const count = 25_000;

/** A report as trivy gives it of an image that nobody has looked after. */
function largeReport(): string {
  const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'];
  const vulnerabilities = Array.from({ length: count }, (_, index) => ({
    VulnerabilityID: `CVE-2024-${index % 9000}`,
    VendorIDs: [`GHSA-${index % 9000}`],
    PkgName: `package-${index}`,
    PkgIdentifier: { PURL: `pkg:deb/debian/package-${index}@1.2.3-${index}?arch=amd64&distro=debian-12` },
    InstalledVersion: `1.2.3-${index}`,
    FixedVersion: '1.2.4',
    Severity: severities[index % severities.length],
    Title: 'A title of the length that advisories have, with some words about what is wrong',
    Description: 'x'.repeat(500),
    PrimaryURL: `https://avd.aquasec.com/nvd/cve-2024-${index}`,
  }));
  return JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: '/layout',
    ArtifactType: 'container_image',
    Results: [{ Target: 'image (debian 12.7)', Packages: [{}], Vulnerabilities: vulnerabilities }],
  });
}

it('reads, joins, judges and writes 25,000 findings in less than 5 s', async () => {
  const stdout = largeReport();
  const subject = {
    workspace: '/',
    layout: '/layout',
    lockFile: undefined,
    advisories: undefined,
    foreign: [],
    scratch: '/scratch',
    salt: 'acme/shop',
  };
  // Of the processor: what else runs on the machine is not what is measured.
  const started = process.cpuUsage();
  const report = await trivy.read({ stdout, database: undefined }, subject);
  const now = new Date('2026-11-24T12:00:00Z');
  const { blocking, tolerated } = judge({
    runs: [{ kind: 'reported', scanner: scanners.trivy, version: '0.69.3', report }],
    waivers: parseWaivers('', '.sluice/waivers.yml', now),
    statements: [],
    policy: { failOn: ['critical', 'high'], databaseAgeMs: 1 },
    now,
  });
  const sarif = writeSarif('image', [...blocking, ...tolerated], ['trivy']);
  const { user, system } = process.cpuUsage(started);

  expect(blocking.length + tolerated.length).toBe(count);
  expect(sarif.leftOut).toBe(0);
  expect((user + system) / 1e6).toBeLessThan(5);
});
