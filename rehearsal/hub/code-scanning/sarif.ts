import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Location, Rule, SecuritySeverity, Severity } from './model.ts';

/** A `run` of a SARIF file: what one tool found. */
export interface SarifRun {
  readonly tool: string;
  readonly toolVersion: string | null;
  readonly category: string;
  readonly rules: number;
  readonly results: readonly SarifResult[];
}

export interface SarifResult {
  readonly rule: Rule;
  readonly message: string;
  readonly location: Location;
  /** What stays the same when lines move. */
  readonly fingerprint: string;
}

export type ReadSarif =
  | { readonly ok: true; readonly runs: readonly SarifRun[] }
  /** In GitHub's words, where it has any. */
  | { readonly ok: false; readonly errors: readonly string[] };

/** The field `sarif` of an upload is not what it has to be. */
export class NotSarif extends Error {}

/** GitHub takes no larger files. Source: GitHub, "SARIF files for code scanning" */
const longestBytes = 10_000_000;
/** A bomb is not unpacked to its end. */
const longestUnpackedBytes = 256 * 1024 * 1024;
/** Source: GitHub, "SARIF results exceed limits" */
const limits = {
  runs: 20,
  results: 25_000,
  rules: 25_000,
  extensions: 100,
  tags: 20,
  locations: 1_000,
  steps: 10_000,
};

/**
 * Unpacks what was uploaded: gzip, in Base64.
 * @throws NotSarif where it is something else, RangeError where it is too large
 */
export async function unpack(sarif: string): Promise<unknown> {
  const packed = Buffer.from(sarif, 'base64');
  if (packed.length > longestBytes) throw new RangeError('The SARIF file is too large.');
  let text: string;
  try {
    text = (await promisify(gunzip)(packed, { maxOutputLength: longestUnpackedBytes })).toString('utf8');
  } catch (error: unknown) {
    throw new NotSarif('The SARIF file is not a gzip archive in Base64.', { cause: error });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error: unknown) {
    throw new NotSarif('The SARIF file is not JSON.', { cause: error });
  }
}

/** The part of SARIF 2.1.0 that code scanning reads. One result that has no place refuses the whole file. */
export function readSarif(document: unknown): ReadSarif {
  const { version, runs } = objectOf(document);
  if (version !== '2.1.0' || !Array.isArray(runs)) {
    return refused('invalid SARIF: expected an object with "version": "2.1.0" and "runs"');
  }
  if (runs.length > limits.runs) {
    return refused(`rejecting SARIF, as there are more runs than allowed (${runs.length} > ${limits.runs})`);
  }
  const errors: string[] = [];
  const read = runs.map((run: unknown) => readRun(run, errors));
  const names = read.map(({ tool, category }) => `${tool}\n${category}`);
  if (new Set(names).size < names.length) {
    errors.push('rejecting SARIF, as it has several runs of the same tool and category');
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, runs: read };
}

function refused(error: string): ReadSarif {
  return { ok: false, errors: [error] };
}

function readRun(value: unknown, errors: string[]): SarifRun {
  const run = objectOf(value);
  const driver = objectOf(objectOf(run.tool).driver);
  const rules = listOf(driver.rules).map(objectOf);
  const results = listOf(run.results).map(objectOf);
  if (textOf(driver.name) === undefined) errors.push('invalid SARIF: a run has no tool.driver.name');
  const before = errors.length;
  const hold = (what: string, count: number, most: number): void => {
    if (count > most)
      errors.push(`rejecting SARIF, as there are more ${what} than allowed (${count} > ${most})`);
  };
  hold('results per run', results.length, limits.results);
  hold('rules per run', rules.length, limits.rules);
  hold('extensions per run', listOf(objectOf(run.tool).extensions).length, limits.extensions);
  for (const rule of rules) hold('tags per rule', listOf(objectOf(rule.properties).tags).length, limits.tags);
  for (const result of results) {
    hold('locations per result', listOf(result.locations).length, limits.locations);
    hold('threadflow steps per result', stepsOf(result), limits.steps);
  }
  if (errors.length > before) return { ...headOf(run, driver), rules: rules.length, results: [] };
  return {
    ...headOf(run, driver),
    rules: rules.length,
    results: results.flatMap((result) => readResult(result, rules, errors) ?? []),
  };
}

function stepsOf({ codeFlows }: Fields): number {
  const flows = listOf(codeFlows).flatMap((flow) => listOf(objectOf(flow).threadFlows));
  return flows.reduce<number>((sum, flow) => sum + listOf(objectOf(flow).locations).length, 0);
}

type Fields = Readonly<Record<string, unknown>>;

function headOf(run: Fields, driver: Fields): Pick<SarifRun, 'tool' | 'toolVersion' | 'category'> {
  // `category/run`: what comes after the last slash tells one run from the next.
  const id = textOf(objectOf(run.automationDetails).id) ?? '';
  return {
    tool: textOf(driver.name) ?? '',
    toolVersion: textOf(driver.semanticVersion) ?? textOf(driver.version) ?? null,
    category: id.slice(0, Math.max(0, id.lastIndexOf('/'))),
  };
}

function readResult(result: Fields, rules: readonly Fields[], errors: string[]): SarifResult | undefined {
  const [first] = listOf(result.locations);
  if (first === undefined) {
    errors.push('locationFromSarifResult: expected at least one location');
    return undefined;
  }
  const { artifactLocation, region } = objectOf(objectOf(first).physicalLocation);
  const path = pathOf(textOf(objectOf(artifactLocation).uri));
  if (path === undefined) {
    errors.push('locationFromSarifResult: expected artifact location');
    return undefined;
  }
  const { index, id } = objectOf(result.rule);
  const ruleId = textOf(result.ruleId) ?? textOf(id);
  const position = numberOf(result.ruleIndex) ?? numberOf(index);
  const described =
    (position === undefined ? undefined : rules[position]) ?? rules.find((rule) => rule.id === ruleId) ?? {};
  const rule = readRule(ruleId ?? textOf(described.id) ?? '', described, textOf(result.level));
  const location = readLocation(path, objectOf(region));
  const message = messageOf(result.message) ?? rule.description;
  return { rule, message, location, fingerprint: fingerprintOf(result, location, message) };
}

function readRule(id: string, rule: Fields, level: string | undefined): Rule {
  const properties = objectOf(rule.properties);
  const help = objectOf(rule.help);
  const name = textOf(rule.name) ?? id;
  const short = messageOf(rule.shortDescription) ?? name;
  return {
    id,
    name,
    severity: severityOf(level ?? textOf(objectOf(rule.defaultConfiguration).level)),
    securitySeverity: securitySeverityOf(properties['security-severity']),
    description: short,
    fullDescription: messageOf(rule.fullDescription) ?? short,
    tags: listOf(properties.tags).flatMap((tag) => textOf(tag) ?? []),
    help: textOf(help.markdown) ?? textOf(help.text) ?? '',
    helpUri: textOf(rule.helpUri) ?? null,
  };
}

function severityOf(level: string | undefined): Severity {
  return level === 'error' || level === 'note' || level === 'none' ? level : 'warning';
}

/** Source: GitHub, "SARIF support for code scanning", `security-severity` */
function securitySeverityOf(value: unknown): SecuritySeverity | null {
  const score = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (!(score > 0) || score > 10) return null;
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}

function readLocation(path: string, region: Fields): Location {
  const startLine = numberOf(region.startLine) ?? 1;
  const startColumn = numberOf(region.startColumn) ?? 1;
  return {
    path,
    startLine,
    startColumn,
    endLine: numberOf(region.endLine) ?? startLine,
    endColumn: numberOf(region.endColumn) ?? startColumn,
  };
}

/** A path in the repository. An absolute one, or one of another scheme, stays as it is written. */
function pathOf(uri: string | undefined): string | undefined {
  if (uri === undefined || uri === '') return undefined;
  try {
    return decodeURIComponent(uri.replace(/^\.\//, ''));
  } catch {
    return uri;
  }
}

/** The tool's own fingerprint; without one, an alert is told from others by where it is and what it says. */
function fingerprintOf(result: Fields, { path, startLine }: Location, message: string): string {
  const given = Object.entries(objectOf(result.partialFingerprints)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  if (given.length === 0) return JSON.stringify([path, startLine, message]);
  return JSON.stringify([path, ...given.sort(([a], [b]) => (a < b ? -1 : 1)).flat()]);
}

function messageOf(value: unknown): string | undefined {
  const { text, markdown } = objectOf(value);
  return textOf(text) ?? textOf(markdown);
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}
