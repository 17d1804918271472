import { z } from 'zod';
import type { DevToolsEvent } from './devtools.ts';

const exception = z.object({
  exceptionDetails: z.object({
    text: z.string(),
    exception: z.object({ description: z.string().optional() }).optional(),
  }),
});
const consoleCall = z.object({
  type: z.string(),
  args: z.array(z.object({ value: z.unknown().optional(), description: z.string().optional() })),
});
const logEntry = z.object({
  entry: z.object({ level: z.string(), text: z.string(), url: z.string().optional() }),
});

const mostKept = 20;

/** What goes wrong on a page: uncaught exceptions, `console.error`, and what the browser itself complains about. */
export class PageErrors {
  readonly #errors: string[] = [];

  get all(): readonly string[] {
    return [...this.#errors];
  }

  take({ method, params }: DevToolsEvent): void {
    const error = errorOf(method, params);
    if (error !== undefined && this.#errors.length < mostKept) this.#errors.push(error);
  }
}

function errorOf(method: string, params: unknown): string | undefined {
  switch (method) {
    case 'Runtime.exceptionThrown': {
      const details = exception.safeParse(params).data?.exceptionDetails;
      return details === undefined ? undefined : firstLine(details.exception?.description ?? details.text);
    }
    case 'Runtime.consoleAPICalled': {
      const call = consoleCall.safeParse(params).data;
      if (call?.type !== 'error') return undefined;
      return firstLine(
        call.args
          .map(({ value, description }) =>
            typeof value === 'string' ? value : (description ?? JSON.stringify(value)),
          )
          .join(' '),
      );
    }
    case 'Log.entryAdded': {
      const entry = logEntry.safeParse(params).data?.entry;
      if (entry?.level !== 'error') return undefined;
      return firstLine(entry.url === undefined ? entry.text : `${entry.text} (${entry.url})`);
    }
    default:
      return undefined;
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300);
}
