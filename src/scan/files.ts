import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunCommand } from '../github/index.ts';
import { describeDependencies } from '../image/index.ts';
import { categories, type Category, type Finding } from './finding.ts';
import { writeSarif, type Sarif } from './sarif.ts';
import type { Scan } from './scan.ts';

/**
 * Writes what a scan found: `<category>.sarif` for each category that was looked at, and `findings.json` with all of it,
 * also what is accepted.
 */
export async function writeFindings({ runs, judgement }: Scan, folder: string): Promise<readonly Sarif[]> {
  await mkdir(folder, { recursive: true });
  const sarifs: Sarif[] = [];
  const open = [...judgement.blocking, ...judgement.tolerated];
  for (const category of categories) {
    const looked = runs.filter((each) => each.kind === 'reported' && each.scanner.category === category);
    if (looked.length === 0) continue;
    const sarif = writeSarif(
      category,
      open.filter((finding) => categoryOf(finding, runs) === category),
      looked.map(({ scanner }) => scanner.name),
    );
    await writeFile(path.join(folder, `${category}.sarif`), sarif.document);
    sarifs.push(sarif);
  }
  await writeFile(path.join(folder, 'findings.json'), JSON.stringify(judgement, null, 2));
  return sarifs;
}

/** What scanners of several categories found is shown once, with the first of them. */
function categoryOf({ scanners }: Finding, runs: Scan['runs']): Category | undefined {
  const found = runs.filter(({ scanner }) => scanners.includes(scanner.name));
  return categories.find((category) => found.some(({ scanner }) => scanner.category === category));
}

/**
 * Writes the bill of materials of the build context's lock file, as CycloneDX.
 *
 * @param context the build context, absolute
 * @returns the name of the file, or why there is none
 */
export async function writeSbom(
  context: string,
  folder: string,
  run: RunCommand,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly file: string } | { readonly missing: string }> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-sbom-'));
  try {
    const sbom = await describeDependencies({ context, scratch, run, environment });
    if ('missing' in sbom) return sbom;
    const file = 'sbom.cdx.json';
    await writeFile(path.join(folder, file), sbom.document);
    return { file };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
