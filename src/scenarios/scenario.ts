/** Scenarios as they are after reading: what is asked of a service over HTTP, and what has to come back. */

export interface ScenarioFile {
  /** As it was given, for messages. */
  readonly file: string;
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

export interface Scenario {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly name: string;
  readonly line: number;
  readonly request: StepRequest;
  readonly expect: Expectation;
  /** Names for later steps, and where in the JSON answer their values are. */
  readonly capture: Readonly<Record<string, string>>;
  /** How often the step is tried; 1 where nothing is said. */
  readonly attempts: number;
  readonly everyMs: number;
}

export interface StepRequest {
  readonly method: string;
  /** Path and query below the URL of the service. May hold `${name}`, as headers and bodies may. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: StepBody | undefined;
  readonly timeoutMs: number;
}

type StepBody =
  { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'text'; readonly value: string };

export interface Expectation {
  /** Any of these; where nothing is said, a status from 200 to 299. */
  readonly status: readonly number[];
  readonly headers: Readonly<Record<string, Matcher>>;
  readonly text: Matcher | undefined;
  /** By path: `answer`, `sources[0].url`, `` for the whole document. */
  readonly json: Readonly<Record<string, Matcher>>;
  /** Server-sent events that have to come in this order; others may be between them. */
  readonly events: readonly EventExpectation[];
  readonly withinMs: number | undefined;
}

export interface EventExpectation {
  readonly event: string;
  readonly text: Matcher | undefined;
  readonly json: Readonly<Record<string, Matcher>>;
}

/** What a value has to be. Every member that is there has to hold. */
export interface Matcher {
  readonly equals?: unknown;
  readonly not?: unknown;
  readonly contains?: string | number | boolean;
  /** A regular expression, anywhere in the text. */
  readonly matches?: RegExp;
  readonly oneOf?: readonly unknown[];
  readonly type?: 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null';
  readonly exists?: boolean;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Of a text or an array. */
  readonly minLength?: number;
  readonly maxLength?: number;
}
