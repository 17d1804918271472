import { grype } from './grype.ts';
import type { ProgramScanner, Report, Subject } from './scanner.ts';
import { trivy } from './trivy.ts';

// Facts of reports that trivy's and grype's own tests hold their programs to: which keys there are, which are left out,
// and how they are written. Typed in from the files that are named; texts and links are left out.

const subject: Subject = {
  workspace: '/workspace',
  layout: 'testdata/fixtures/images/debian-buster.tar.gz',
  lockFile: undefined,
  advisories: undefined,
  foreign: [],
  scratch: '/scratch',
  salt: 'acme/shop',
};
const read = async (scanner: ProgramScanner, document: unknown, layout = subject.layout): Promise<Report> =>
  scanner.read({ stdout: JSON.stringify(document), database: undefined }, { ...subject, layout });

describe('trivy', () => {
  it('of an image: what it was given is what it names; a package URL has qualifiers; a DSA is no alias', async () => {
    // aquasecurity/trivy, integration/testdata/debian-buster.json.golden, 015e9a5238f92b4afa02526bb6ab37b15e4c4812
    const report = await read(trivy, {
      SchemaVersion: 2,
      CreatedAt: '2021-08-25T12:20:30.000000005Z',
      ArtifactName: 'testdata/fixtures/images/debian-buster.tar.gz',
      ArtifactType: 'container_image',
      Metadata: {
        OS: { Family: 'debian', Name: '10.1' },
        ImageID: 'sha256:c2c03a296d2329a4f3ab72a7bf38b78a8a80108204d326b0139d6af700e152d1',
      },
      Results: [
        {
          Target: 'testdata/fixtures/images/debian-buster.tar.gz (debian 10.1)',
          Class: 'os-pkgs',
          Type: 'debian',
          Vulnerabilities: [
            {
              VulnerabilityID: 'CVE-2019-18276',
              PkgID: 'bash@5.0-4',
              PkgName: 'bash',
              PkgIdentifier: { PURL: 'pkg:deb/debian/bash@5.0-4?arch=amd64&distro=debian-10.1' },
              InstalledVersion: '5.0-4',
              Status: 'affected',
              SeveritySource: 'debian',
              PrimaryURL: 'https://avd.aquasec.com/nvd/cve-2019-18276',
              Severity: 'LOW',
            },
            {
              VulnerabilityID: 'CVE-2019-18224',
              VendorIDs: ['DSA-4613-1'],
              PkgID: 'libidn2-0@2.0.5-1',
              PkgName: 'libidn2-0',
              PkgIdentifier: { PURL: 'pkg:deb/debian/libidn2-0@2.0.5-1?arch=amd64&distro=debian-10.1' },
              InstalledVersion: '2.0.5-1',
              FixedVersion: '2.0.5-1+deb10u1',
              Status: 'fixed',
              Severity: 'CRITICAL',
            },
          ],
        },
      ],
    });
    expect(report.findings).toMatchObject([
      {
        ids: ['CVE-2019-18276'],
        purl: 'pkg:deb/debian/bash@5.0-4',
        severity: 'low',
        fixedIn: undefined,
        url: 'https://avd.aquasec.com/nvd/cve-2019-18276',
      },
      {
        ids: ['CVE-2019-18224'],
        purl: 'pkg:deb/debian/libidn2-0@2.0.5-1',
        severity: 'critical',
        fixedIn: '2.0.5-1+deb10u1',
        url: undefined,
      },
    ]);
    // Without --list-all-pkgs there are no packages in it; with it, none would mean that it looked at nothing.
    expect(report.looked).toBe(0);
  });

  it('of a release before package URLs: a package by its name and version', async () => {
    // aquasecurity/trivy, integration/testdata/amazon-2.json.golden, 0008b54b33914300a5804c713d1f1aa8cf436d3b
    const layout = 'testdata/fixtures/images/amazon-2.tar.gz';
    const report = await read(
      trivy,
      {
        SchemaVersion: 2,
        ArtifactName: layout,
        ArtifactType: 'container_image',
        Results: [
          {
            Target: `${layout} (amazon 2 (Karoo))`,
            Class: 'os-pkgs',
            Type: 'amazon',
            Vulnerabilities: [
              {
                VulnerabilityID: 'CVE-2019-5481',
                PkgName: 'curl',
                InstalledVersion: '7.61.1-9.amzn2.0.1',
                FixedVersion: '7.61.1-12.amzn2.0.1',
                Severity: 'MEDIUM',
              },
            ],
          },
        ],
      },
      layout,
    );
    expect(report.findings).toMatchObject([
      { ids: ['CVE-2019-5481'], purl: 'pkg:generic/curl@7.61.1-9.amzn2.0.1', severity: 'medium' },
    ]);
  });

  it('of a folder, with all packages: counts them, and is no report about an image', async () => {
    // aquasecurity/trivy, integration/testdata/npm.json.golden, 02ba3db79a8cba346c89646d8ce3590af062ea22
    const folder = 'testdata/fixtures/repo/npm';
    const packages = ['asap@2.0.6', 'jquery@3.3.9', 'js-tokens@4.0.0'].map((ID) => ({
      ID,
      Name: ID.split('@')[0],
      Identifier: { PURL: `pkg:npm/${ID}`, UID: '199d95f873330bd3' },
      Version: ID.split('@')[1],
    }));
    const document = (ArtifactType: string): object => ({
      SchemaVersion: 2,
      ReportID: '017b7d41-e09f-7000-80ea-000000000001',
      ArtifactName: folder,
      ArtifactType,
      Results: [
        {
          Target: 'package-lock.json',
          Class: 'lang-pkgs',
          Type: 'npm',
          Packages: packages,
          Vulnerabilities: [
            {
              // Its GHSA is among the references, and not in VendorIDs.
              VulnerabilityID: 'CVE-2019-11358',
              PkgID: 'jquery@3.3.9',
              PkgName: 'jquery',
              PkgIdentifier: { PURL: 'pkg:npm/jquery@3.3.9', UID: 'e19e84d31f72b60c' },
              InstalledVersion: '3.3.9',
              FixedVersion: '3.4.0',
              Severity: 'MEDIUM',
            },
          ],
        },
      ],
    });
    await expect(read(trivy, document('repository'), folder)).rejects.toThrow('ArtifactType is not as');
    expect(await read(trivy, document('container_image'), folder)).toMatchObject({
      looked: 3,
      findings: [{ ids: ['CVE-2019-11358'], purl: 'pkg:npm/jquery@3.3.9', fixedIn: '3.4.0' }],
    });
  });
});

describe('grype', () => {
  it('of an image: an empty package URL and an empty link are none; without a database it has no age', async () => {
    // anchore/grype, grype/presenter/json/testdata/snapshot/TestJsonImgsPresenter.golden,
    // 1f52ab38a3927df18f6e877e0904d9be0b0d4014
    const report = await read(
      grype,
      {
        matches: [
          {
            vulnerability: {
              id: 'CVE-1999-0001',
              dataSource: '',
              severity: 'Low',
              urls: [],
              fix: { versions: ['1.2.1', '2.1.3', '3.4.0'], state: 'fixed' },
              advisories: [],
              risk: 1.68,
            },
            relatedVulnerabilities: [],
            artifact: {
              id: 'a246fd2054833c93',
              name: 'package-1',
              version: '1.1.1',
              type: 'rpm',
              locations: [{ path: '/foo/bar/somefile-1.txt', accessPath: 'somefile-1.txt' }],
              language: '',
              purl: '',
            },
          },
          {
            vulnerability: {
              id: 'CVE-1999-0002',
              dataSource: '',
              severity: 'Critical',
              fix: { versions: [], state: '' },
            },
            relatedVulnerabilities: [],
            artifact: {
              name: 'package-2',
              version: '2.2.2',
              type: 'deb',
              locations: [{ path: '/foo/bar/somefile-2.txt', accessPath: 'somefile-2.txt' }],
              purl: 'pkg:deb/package-2@2.2.2',
            },
          },
        ],
        source: {
          type: 'image',
          target: {
            userInput: 'user-input',
            imageID: 'sha256:ab5608d634db2716a297adbfa6a5dd5d8f8f5a7d0cab73649ea7fbb8c8da544f',
            manifestDigest: 'sha256:ca738abb87a8d58f112d3400ebb079b61ceae7dc290beb34bda735be4b1941d5',
            repoDigests: [],
          },
        },
        distro: { name: 'centos', version: '8.0', idLike: ['centos'], channels: ['eus'] },
        descriptor: { name: 'grype', version: '[not provided]', timestamp: '' },
      },
      'user-input',
    );
    expect(report).toMatchObject({
      findings: [
        {
          ids: ['CVE-1999-0001'],
          purl: 'pkg:generic/package-1@1.1.1',
          severity: 'low',
          fixedIn: '1.2.1, 2.1.3, 3.4.0',
          place: '/foo/bar/somefile-1.txt',
        },
        { ids: ['CVE-1999-0002'], purl: 'pkg:deb/package-2@2.2.2', severity: 'critical', fixedIn: undefined },
      ],
      database: { kind: 'undated' },
    });
  });
});
