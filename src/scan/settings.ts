import { parseDuration, scannerNames, type EnvironmentConfig, type Reference } from '../config/index.ts';
import { Failure } from '../github/index.ts';
import type { Category, ScannerName, Severity } from './finding.ts';
import { scanners } from './tools/index.ts';

/** `checks.scan` of an environment, with the GitHub variables put in. */
export interface ScanSettings {
  readonly scanners: readonly ScannerName[];
  /** Where a variable chose them: its name, and what sluice.yml would have chosen. */
  readonly chosenBy: { readonly variable: string; readonly instead: readonly ScannerName[] } | undefined;
  readonly failOn: readonly Exclude<Severity, 'unknown'>[];
  readonly waivers: string;
  readonly vex: readonly string[];
  readonly databaseAgeMs: number;
  readonly advisories: string | undefined;
}

/**
 * Reads the settings without the rest of the environment: the job that scans is bound to no environment, and does not
 * see its variables.
 *
 * @throws Failure where the environment has no such check, or a variable is not what the key needs
 */
export function readSettings(
  name: string,
  { checks }: Pick<EnvironmentConfig, 'checks'>,
  variables: Readonly<Record<string, string>>,
): ScanSettings {
  const { scan } = checks;
  if (scan === undefined) {
    throw new Failure(`${name} is not scanned`, {
      where: `environments.${name}.checks`,
      why: 'it has no key "scan"',
      remedy: 'Add scan: {}, or leave this action out of the workflow',
    });
  }
  const wrong = (key: string, { var: variable }: Reference, expected: string): Failure =>
    new Failure(`The GitHub variable ${variable} is not as it has to be`, {
      where: `environments.${name}.checks.scan.${key}`,
      why: `expected ${expected}`,
      remedy: `gh variable set ${variable} --body …; the job that scans sees only the repository's variables`,
    });
  const { tools, databaseAge } = scan;
  const listed = isReference(tools) ? listOf(valueOf(tools, variables)) : tools;
  if (listed === undefined) {
    throw wrong('tools', tools as Reference, `scanners with commas, of ${scannerNames.join(', ')}`);
  }
  const age = isReference(databaseAge) ? parseDuration(valueOf(databaseAge, variables) ?? '') : databaseAge;
  if (age === undefined) throw wrong('databaseAge', databaseAge as Reference, 'a duration such as 48h');
  const usual = isReference(tools) ? (listOf(tools.default) ?? []) : tools;
  return {
    scanners: [...new Set(listed)],
    chosenBy:
      isReference(tools) && listed.join() !== usual.join()
        ? { variable: tools.var, instead: usual.filter((each) => !listed.includes(each)) }
        : undefined,
    failOn: scan.failOn,
    waivers: scan.waivers,
    vex: scan.vex,
    databaseAgeMs: age,
    advisories: scan.advisories,
  };
}

/**
 * What `sluice.yml` itself asks of the scan: a variable counts only where the file has no default for it. Who may set a
 * variable at GitHub has changed nothing that was reviewed.
 */
export function statedSettings(
  name: string,
  environment: Pick<EnvironmentConfig, 'checks'>,
  variables: Readonly<Record<string, string>>,
): ScanSettings {
  const { tools, databaseAge } = environment.checks.scan ?? {};
  const overridden = [tools, databaseAge].flatMap((value) =>
    isReference(value) && value.default !== undefined ? [value.var] : [],
  );
  const rest = Object.entries(variables).filter(([variable]) => !overridden.includes(variable));
  return readSettings(name, environment, Object.fromEntries(rest));
}

/** The settings with the scanners of one category alone; all of them where none is named. */
export function ofCategory(settings: ScanSettings, category: Category | undefined): ScanSettings {
  if (category === undefined) return settings;
  return { ...settings, scanners: settings.scanners.filter((name) => scanners[name].category === category) };
}

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'var' in value;
}

/** A variable that is not set reads as empty text in many places: both mean that it is not set. */
function valueOf(reference: Reference, variables: Readonly<Record<string, string>>): string | undefined {
  const set = Object.hasOwn(variables, reference.var) ? variables[reference.var] : undefined;
  return set === undefined || set === '' ? reference.default : set;
}

function listOf(text: string | undefined): readonly ScannerName[] | undefined {
  const names = (text ?? '').split(',').map((name) => name.trim());
  const known = names.flatMap((name) => scannerNames.find((each) => each === name) ?? []);
  return known.length === names.length ? known : undefined;
}
