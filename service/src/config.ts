import { z } from 'zod';

const flag = z
  .enum(['true', 'false', '1', '0', ''], { error: 'true or false' })
  .transform((value) => value === 'true' || value === '1');

const environment = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce
    .number({ error: 'a port from 1 to 65535' })
    .int()
    .min(1, { error: 'a port from 1 to 65535' })
    .max(65_535, { error: 'a port from 1 to 65535' })
    .default(8080),
  LOG_LEVEL: z
    .string()
    .default('INFO')
    .transform((level) => level.toLowerCase())
    .pipe(
      z.enum(['trace', 'debug', 'info', 'warning', 'warn', 'error', 'fatal', 'silent'], {
        error: 'DEBUG, INFO, WARNING, ERROR or SILENT',
      }),
    ),
  DEBUG: flag.optional(),
  /** The name that users of the Flask original know. */
  FLASK_DEBUG: flag.optional(),
  MOCK_EXTERNAL_APIS: flag.default(false),
  DATABASE_URL: z
    .string()
    .refine((url) => url === '' || /^postgres(ql)?:\/\//.test(url), {
      error: 'a postgres:// URL, or nothing for SQLite',
    })
    .default(''),
  SQLITE_FILE: z.string().default(''),
  /** The current key, and after a comma the one before it, which is still accepted. */
  SECRET_KEY: z.string().default(''),
  BASIC_AUTH: z
    .string()
    .refine((pair) => pair === '' || /^[^:]+:.+$/.test(pair), { error: 'user:password, or nothing' })
    .default(''),
  HANDOVER_CONTACT: z.string().default('https://3mtt.nitda.gov.ng/'),
  LLM_URL: z.union([z.url({ error: 'the URL of an OpenAI-compatible API' }), z.literal('')]).default(''),
  LLM_MODEL: z.string().default('gpt-4o-mini'),
  LLM_API_KEY: z.string().default(''),
  SLUICE_ENVIRONMENT: z.string().default('development'),
  SLUICE_VERSION: z.string().default('unknown'),
  SLUICE_COMMIT: z.string().default('unknown'),
  SLUICE_DIGEST: z.string().default(''),
  SLUICE_COLOUR: z.string().default(''),
});

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly debug: boolean;
  readonly mockExternalApis: boolean;
  readonly database:
    { readonly kind: 'postgres'; readonly url: string } | { readonly kind: 'sqlite'; readonly file: string };
  /** The first signs; all are accepted. */
  readonly secretKeys: readonly string[];
  readonly basicAuth: string | undefined;
  readonly handoverContact: string;
  readonly llm: { readonly url: string; readonly model: string; readonly apiKey: string } | undefined;
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

const developmentKey = 'dev-secret-key-not-for-production';
const shortestKey = 16;

/** The configuration out of the environment. @throws ConfigError with every mistake at once */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(variables);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: expected ${message}`);
  const development = (variables.SLUICE_ENVIRONMENT ?? 'development') === 'development';
  const keys = (variables.SECRET_KEY ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean);
  if (!development) {
    if (keys.length === 0) problems.push('SECRET_KEY: expected a key, outside development');
    if (keys.some((key) => key.length < shortestKey))
      problems.push(`SECRET_KEY: expected at least ${shortestKey} characters`);
    if (keys.includes(developmentKey))
      problems.push('SECRET_KEY: expected a key of its own, and not development’s');
    if (variables.DEBUG === 'true' || variables.FLASK_DEBUG === 'true')
      problems.push('DEBUG: expected false, outside development');
  }
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(
      `The environment has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
  const values = parsed.data;
  return {
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL === 'warning' ? 'warn' : values.LOG_LEVEL,
    debug: values.DEBUG ?? values.FLASK_DEBUG ?? false,
    mockExternalApis: values.MOCK_EXTERNAL_APIS,
    database:
      values.DATABASE_URL === ''
        ? { kind: 'sqlite', file: values.SQLITE_FILE === '' ? ':memory:' : values.SQLITE_FILE }
        : { kind: 'postgres', url: values.DATABASE_URL },
    secretKeys: keys.length === 0 ? [developmentKey] : keys,
    basicAuth: values.BASIC_AUTH === '' ? undefined : values.BASIC_AUTH,
    handoverContact: values.HANDOVER_CONTACT,
    llm:
      values.LLM_URL === ''
        ? undefined
        : { url: values.LLM_URL, model: values.LLM_MODEL, apiKey: values.LLM_API_KEY },
    release: {
      version: values.SLUICE_VERSION,
      commit: values.SLUICE_COMMIT,
      digest: values.SLUICE_DIGEST,
      colour: values.SLUICE_COLOUR,
      environment: values.SLUICE_ENVIRONMENT,
    },
  };
}
