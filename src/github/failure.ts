/** What an action says when it cannot do what it was asked. */
export interface FailureDetails {
  /** The input, file and line, or resource that it is about. */
  readonly where?: string;
  /** What was observed that makes it a failure. */
  readonly why?: string;
  /** What the reader can do: a command, a setting, a page. */
  readonly remedy?: string;
  /** Markdown with the evidence, for the job summary. */
  readonly evidence?: string;
  readonly cause?: unknown;
}

/**
 * A failure that was foreseen: its message is for the user, and needs no stack trace. `message` says what could not
 * be done; the details say where, why and what to do about it.
 */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly where: string | undefined;
  readonly why: string | undefined;
  readonly remedy: string | undefined;
  readonly evidence: string | undefined;

  constructor(what: string, details: FailureDetails = {}) {
    super(what, details.cause === undefined ? undefined : { cause: details.cause });
    this.where = details.where;
    this.why = details.why;
    this.remedy = details.remedy;
    this.evidence = details.evidence;
  }
}

/** The message of anything that was thrown, with the messages of its causes. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` and AggregateError say nothing themselves: the reason is underneath.
  const own =
    error.message !== ''
      ? error.message
      : error instanceof AggregateError
        ? error.errors.map(errorMessage).join('; ')
        : error.name;
  if (error.cause === undefined) return own;
  const cause = errorMessage(error.cause);
  return own.includes(cause) ? own : `${own}: ${cause}`;
}

/** A text with the stop that ends a sentence, once. */
export function sentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}

/** The one line that a failed job shows: what, where, why, remedy, as far as they are known. */
export function failureLine(error: unknown): string {
  if (!(error instanceof Failure)) return errorMessage(error);
  const where = error.where === undefined ? '' : `${error.where}: `;
  return [
    where + sentence(error.message),
    error.why && sentence(error.why),
    error.remedy && sentence(error.remedy),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}
