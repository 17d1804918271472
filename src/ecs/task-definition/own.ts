import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ResolvedEnvironment } from '../../config/index.ts';
import { errorMessage, Failure } from '../../github/index.ts';
import type { TaskDefinition } from './build.ts';

/**
 * Reads the user's own task definition, where sluice.yml names one.
 *
 * @throws Failure where it cannot be read, is no task definition, or does not say which container is the service's
 */
export async function readOwnTaskDefinition(
  environment: ResolvedEnvironment,
  workspace: string,
): Promise<TaskDefinition | undefined> {
  const file = environment.taskDefinition;
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(path.resolve(workspace, file), 'utf8');
  } catch (error: unknown) {
    throw refusal(file, environment, errorMessage(error), error);
  }
  return parseOwnTaskDefinition(text, file, environment);
}

/**
 * The same of its text.
 *
 * @throws Failure where it is no task definition, or does not say which container is the service's
 */
export function parseOwnTaskDefinition(
  text: string,
  file: string,
  environment: Pick<ResolvedEnvironment, 'name' | 'serviceName'>,
): TaskDefinition {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error: unknown) {
    throw refusal(file, environment, `it is no JSON${placeOf(error)}`);
  }
  const problem = problemOf(value, environment.serviceName);
  if (problem !== undefined) throw refusal(file, environment, problem);
  // Both forms are common: what RegisterTaskDefinition takes, and what DescribeTaskDefinition answers.
  const { taskDefinition } = value as { taskDefinition?: unknown };
  return (taskDefinition ?? value) as TaskDefinition;
}

/** The parser's own words quote the file, which may hold what nobody is to read in a log. */
function placeOf(error: unknown): string {
  const [place] = /\(line \d+ column \d+\)/.exec(errorMessage(error)) ?? [];
  return place === undefined ? '' : ` ${place}`;
}

function refusal(
  file: string,
  { name }: Pick<ResolvedEnvironment, 'name'>,
  why: string,
  cause?: unknown,
): Failure {
  return new Failure('The task definition cannot be used', {
    where: file,
    why,
    remedy: `Mend the file, or environments.${name}.taskDefinition in sluice.yml`,
    cause,
  });
}

function problemOf(value: unknown, serviceName: string): string | undefined {
  if (!isObject(value)) return 'it is no JSON object';
  const { containerDefinitions } = isObject(value.taskDefinition) ? value.taskDefinition : value;
  if (!Array.isArray(containerDefinitions) || containerDefinitions.length === 0) {
    return 'it has no containerDefinitions';
  }
  const names = containerDefinitions.map((container: unknown) =>
    isObject(container) && typeof container.name === 'string' ? container.name : '(no name)',
  );
  return containerDefinitions.length === 1 || names.includes(serviceName)
    ? undefined
    : `none of its containers (${names.join(', ')}) is called "${serviceName}", and so it is not known which one gets the image`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
