import { z } from 'zod';

/** What the service is told by its environment; README.md has the table. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Errors are shown as they are. Never outside development. */
  readonly debug: boolean;
  readonly mockExternalApis: boolean;
  readonly database:
    | { readonly kind: 'postgres'; readonly url: string; readonly connections: number }
    | { readonly kind: 'sqlite'; readonly file: string };
  /** Or the tables have to be up to date: where many tasks share them, a task of its own migrates them before. */
  readonly migratesAtStart: boolean;
  /** The first signs; all are accepted. */
  readonly secretKeys: readonly string[];
  /** `user:password`. */
  readonly basicAuth: string | undefined;
  /** Questions a minute and address; 0: no limit. */
  readonly rateLimit: number;
  /** How many proxies in front of us write `X-Forwarded-For`; what stands before them can be forged. */
  readonly trustedProxies: number;
  readonly handoverContact: string;
  readonly llm: { readonly url: string; readonly model: string; readonly apiKey: string } | undefined;
  /** Business metrics for CloudWatch, in the log; `undefined`: none. */
  readonly metrics: { readonly namespace: string; readonly intervalMs: number } | undefined;
  readonly release: {
    readonly version: string;
    readonly commit: string;
    readonly digest: string;
    readonly colour: string;
    readonly environment: string;
  };
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const flag = z
  .enum(['true', 'false', '1', '0', ''], { error: 'true or false' })
  .transform((value) => value === 'true' || value === '1');

const wholeNumber = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
};

const secondsBetween = 'seconds from 0.1 to 3600';

const logLevels = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  WARN: 'warn',
  ERROR: 'error',
  SILENT: 'silent',
} as const;

const variablesSchema = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().optional(),
  PORT: wholeNumber(1, 65_535).default(8080),
  LOG_LEVEL: z
    .string()
    .default('INFO')
    .transform((level) => level.toUpperCase())
    .pipe(
      z.enum(Object.keys(logLevels) as (keyof typeof logLevels)[], {
        error: 'DEBUG, INFO, WARNING, ERROR or SILENT',
      }),
    )
    .transform((level) => logLevels[level]),
  DEBUG: flag.optional(),
  // The name that a Flask service has for it.
  FLASK_DEBUG: flag.optional(),
  MOCK_EXTERNAL_APIS: flag.default(false),
  DATABASE_URL: z
    .string()
    .refine((url) => url === '' || (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)), {
      error: 'a postgres:// URL, or nothing for SQLite',
    })
    .default(''),
  DATABASE_CONNECTIONS: wholeNumber(1, 100).default(10),
  SQLITE_FILE: z.string().default(''),
  SECRET_KEY: z.string().default(''),
  BASIC_AUTH: z
    .string()
    .refine((pair) => pair === '' || /^[^:]+:.+$/.test(pair), { error: 'user:password, or nothing' })
    .default(''),
  RATE_LIMIT: wholeNumber(0, 1_000_000).default(60),
  TRUSTED_PROXIES: wholeNumber(0, 10).optional(),
  HANDOVER_CONTACT: z
    .url({ protocol: /^(https|mailto)$/, error: 'an https: or mailto: URL' })
    .default('https://3mttsupport.zohodesk.com/'),
  LLM_URL: z
    .union([
      z.url({ protocol: /^https?$/, error: 'the URL of an OpenAI-compatible API, or nothing' }),
      z.literal(''),
    ])
    .default(''),
  LLM_MODEL: z.string().default('gpt-4o-mini'),
  LLM_API_KEY: z.string().default(''),
  METRICS_NAMESPACE: z
    .string()
    .regex(/^(?!AWS\/)[A-Za-z0-9._/#:-]{0,255}$/, {
      error: 'a namespace of CloudWatch such as Sluice/Chatbot, or nothing for no metrics',
    })
    .optional(),
  METRICS_INTERVAL: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,3})?$/, { error: secondsBetween })
    .transform(Number)
    .pipe(z.number().min(0.1, { error: secondsBetween }).max(3600, { error: secondsBetween }))
    .default(5),
  SLUICE_ENVIRONMENT: z.string().optional(),
  SLUICE_VERSION: z.string().default('unknown'),
  SLUICE_COMMIT: z.string().default('unknown'),
  SLUICE_DIGEST: z.string().default(''),
  SLUICE_COLOUR: z.string().default(''),
});

type Variables = Readonly<Record<string, string | undefined>>;

/** Their values are never told, not even in a message about a mistake. */
const secret: ReadonlySet<string> = new Set(['SECRET_KEY', 'BASIC_AUTH', 'DATABASE_URL', 'LLM_API_KEY']);
const developmentKey = 'dev-secret-key-not-for-production';
const shortestKey = 16;

/**
 * The configuration out of environment variables. Pure.
 * @throws ConfigError with every mistake at once: the variable, its value where that is no secret, and what was expected
 */
export function readConfig(variables: Variables): Config {
  const parsed = variablesSchema.safeParse(variables);
  const inDevelopment = environmentOf(variables) === 'development';
  const keys = (variables.SECRET_KEY ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => {
      const name = path.join('.');
      const found = secret.has(name) ? '' : `"${variables[name] ?? ''}": `;
      return `${name}: ${found}expected ${message}`;
    }),
    ...(inDevelopment ? [] : problemsOutsideDevelopment(variables, keys)),
  ];
  if (!parsed.success || problems.length > 0) {
    const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
    throw new ConfigError(
      `The environment has ${count}; the README has the table of variables:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
  const values = parsed.data;
  const namespace = values.METRICS_NAMESPACE ?? (inDevelopment ? '' : 'Sluice/Chatbot');
  return {
    // A container is reached from outside; a developer's machine has no need to be.
    host: values.HOST ?? (values.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1'),
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    debug: values.DEBUG ?? values.FLASK_DEBUG ?? false,
    mockExternalApis: values.MOCK_EXTERNAL_APIS,
    database:
      values.DATABASE_URL === ''
        ? { kind: 'sqlite', file: values.SQLITE_FILE === '' ? ':memory:' : values.SQLITE_FILE }
        : { kind: 'postgres', url: values.DATABASE_URL, connections: values.DATABASE_CONNECTIONS },
    migratesAtStart: inDevelopment || values.DATABASE_URL === '',
    secretKeys: keys.length === 0 ? [developmentKey] : keys,
    basicAuth: values.BASIC_AUTH === '' ? undefined : values.BASIC_AUTH,
    rateLimit: values.RATE_LIMIT,
    // Outside development there is a load balancer in front.
    trustedProxies: values.TRUSTED_PROXIES ?? (inDevelopment ? 0 : 1),
    handoverContact: values.HANDOVER_CONTACT,
    llm:
      values.LLM_URL === ''
        ? undefined
        : { url: values.LLM_URL, model: values.LLM_MODEL, apiKey: values.LLM_API_KEY },
    metrics: namespace === '' ? undefined : { namespace, intervalMs: values.METRICS_INTERVAL * 1000 },
    release: {
      version: values.SLUICE_VERSION,
      commit: values.SLUICE_COMMIT,
      digest: values.SLUICE_DIGEST,
      colour: values.SLUICE_COLOUR,
      environment: environmentOf(variables),
    },
  };
}

/** An image that nobody told where it runs takes itself for production: the strict side. */
function environmentOf({ SLUICE_ENVIRONMENT, NODE_ENV }: Variables): string {
  if (SLUICE_ENVIRONMENT !== undefined && SLUICE_ENVIRONMENT !== '') return SLUICE_ENVIRONMENT;
  return NODE_ENV === 'production' ? 'production' : 'development';
}

function problemsOutsideDevelopment({ DEBUG, FLASK_DEBUG }: Variables, keys: readonly string[]): string[] {
  const on = (value: string | undefined): boolean => value === 'true' || value === '1';
  return [
    ...(keys.length === 0 ? ['SECRET_KEY: expected a key, outside development'] : []),
    ...(keys.includes(developmentKey) ? ['SECRET_KEY: expected a key of its own, not development’s'] : []),
    ...(keys.some((key) => key.length < shortestKey)
      ? [`SECRET_KEY: expected at least ${shortestKey} characters`]
      : []),
    ...(on(DEBUG ?? FLASK_DEBUG) ? ['DEBUG: expected false, outside development'] : []),
  ];
}
