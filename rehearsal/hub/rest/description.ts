import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { operations } from '@octokit/openapi-types';
import subset from './openapi-subset.json' with { type: 'json' };

/** An operation that is served, by the name that GitHub's OpenAPI description gives it: `repos/create-deployment`. */
export type OperationId = keyof (typeof subset)['operations'] & keyof operations;

/** The JSON body of an operation's request, as GitHub describes it. */
export type RequestBody<Id extends OperationId> = operations[Id] extends {
  requestBody?: { content: { 'application/json': infer Body } };
}
  ? NonNullable<Body>
  : undefined;

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/repos/{owner}/{repo}/deployments/{deployment_id}` */
  readonly path: string;
  /** Where GitHub documents it; errors point there. */
  readonly documentation: string;
  readonly request?: object;
  /** A schema by status; `null` where there is no JSON body. */
  readonly responses: Readonly<Record<string, object | null>>;
}

interface Description {
  readonly operations: Readonly<Record<string, Operation>>;
}

const description = subset as unknown as Description;
const formats = {
  'date-time': (text: string) => !Number.isNaN(Date.parse(text)) && /^\d{4}-\d\d-\d\dT/.test(text),
  // Where there is none, GitHub answers an empty one.
  uri: (text: string) => text === '' || URL.canParse(text),
  email: true,
  int64: true,
  'repo.nwo': true,
} as const;
/** Schemas are compiled when they are first asked for: most never are. */
const compiler = new Ajv({ strict: false, meta: false, validateSchema: false, formats, verbose: true });
compiler.addSchema(subset, 'github');

/** @throws Error where the description has no such operation; the types exclude it */
export function operation(id: OperationId): Operation {
  const found = description.operations[id];
  if (found === undefined) throw new Error(`GitHub's description has no operation ${id}.`);
  return found;
}

/** What is wrong with a request's body, in GitHub's words; `undefined` where nothing is. */
export function requestProblem(id: OperationId, body: unknown): string | undefined {
  if (operation(id).request === undefined) return undefined;
  const validate = validator(`${id.replaceAll('/', '~1')}/request`);
  return validate(body) ? undefined : inGitHubsWords(validate.errors?.[0], body);
}

/** What is wrong with an answer of ours. For tests: what is served is what GitHub describes. */
export function responseProblems(id: OperationId, status: number, body: unknown): string[] {
  const schema = operation(id).responses[String(status)];
  if (schema === undefined) return [`${id} does not answer ${status}`];
  if (schema === null) return body === undefined ? [] : [`${id} answers ${status} without a body`];
  const validate = validator(`${id.replaceAll('/', '~1')}/responses/${status}`);
  if (validate(body)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

function validator(pointer: string): ValidateFunction {
  const validate = compiler.getSchema(`github#/operations/${pointer}`);
  if (validate === undefined) throw new Error(`GitHub's description has no schema ${pointer}.`);
  return validate;
}

/** Source of the wording: answers of GitHub's that people quote in issues. */
function inGitHubsWords(error: ErrorObject | undefined, body: unknown): string {
  const where = `properties${error?.instancePath ?? ''}`;
  const data: unknown = error?.instancePath === '' ? body : error?.data;
  const params = (error?.params ?? {}) as Record<string, unknown>;
  switch (error?.keyword) {
    case 'required':
      return `Invalid request.\n\n"${String(params.missingProperty)}" wasn't supplied.`;
    case 'additionalProperties':
      return `Invalid request.\n\n"${String(params.additionalProperty)}" is not a permitted key.`;
    case 'type':
      return `Invalid request.\n\nFor '${where}', ${JSON.stringify(data)} is not ${article([params.type].flat().join(' or '))}.`;
    case 'enum':
      return `Invalid request.\n\nFor '${where}', ${JSON.stringify(data)} is not a member of ${JSON.stringify(params.allowedValues)}.`;
    default:
      return `Invalid request.\n\nFor '${where}', ${JSON.stringify(data)} ${error?.message ?? 'is not valid'}.`;
  }
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
