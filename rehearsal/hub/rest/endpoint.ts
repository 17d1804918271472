import type { Grant, Caller } from './access.ts';
import { operation, type Operation, type OperationId, type RequestBody } from './description.ts';

/** What an endpoint is asked. */
export interface Request<Body = unknown> {
  readonly url: URL;
  readonly caller: Caller;
  /** The path's parameters, by the names of GitHub's description. */
  readonly params: Readonly<Record<string, string>>;
  /** Checked against GitHub's description. */
  readonly body: Body;
}

export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'empty'; readonly status: number }
  /** To where a file is; GitHub redirects to its storage in the same way. */
  | { readonly kind: 'redirect'; readonly to: string };

/** One operation of GitHub's REST API. Its method, path and request schema are those of GitHub's description. */
export interface Endpoint {
  readonly id: OperationId;
  readonly operation: Operation;
  readonly grants: readonly Grant[];
  readonly pattern: RegExp;
  readonly parameters: readonly string[];
  /** Where a body may be larger than others. */
  readonly bodyLimitBytes: number | undefined;
  readonly answer: (request: Request) => Answer | Promise<Answer>;
}

/** @param grant the permission that a job's token needs, or those of which one is enough. Source: GitHub, "Permissions required for GitHub Apps" */
export function endpoint<Id extends OperationId>(
  id: Id,
  grant: Grant | readonly Grant[],
  answer: (request: Request<RequestBody<Id>>) => Answer | Promise<Answer>,
  { bodyLimitBytes }: { readonly bodyLimitBytes?: number } = {},
): Endpoint {
  const described = operation(id);
  const parameters = [...described.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return {
    id,
    grants: typeof grant === 'string' ? [grant] : grant,
    operation: described,
    parameters,
    bodyLimitBytes,
    pattern: patternOf(described.path),
    // The body has been checked against the very schema that its type was made from.
    answer: answer as (request: Request) => Answer | Promise<Answer>,
  };
}

/** Branch and tag names may hold slashes, which clients do not all encode. */
const withSlashes = new Set(['ref', 'basehead']);

function patternOf(template: string): RegExp {
  const source = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    withSlashes.has(name) ? '(.+)' : '([^/]+)',
  );
  return new RegExp(`^${source}$`);
}

export function ok(body: unknown): Answer {
  return { kind: 'json', status: 200, body };
}

export function created(body: unknown): Answer {
  return { kind: 'json', status: 201, body };
}

export function empty(status = 204): Answer {
  return { kind: 'empty', status };
}
