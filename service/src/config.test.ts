import { ConfigError, readConfig } from './config.ts';

const key = 'a-key-of-its-own-for-tests';

describe('the configuration', () => {
  it('needs nothing in development', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      logLevel: 'info',
      debug: false,
      mockExternalApis: false,
      database: { kind: 'sqlite', file: ':memory:' },
      migratesAtStart: true,
      secretKeys: ['dev-secret-key-not-for-production'],
      basicAuth: undefined,
      rateLimit: 60,
      trustedProxies: 0,
      handoverContact: 'https://3mttsupport.zohodesk.com/',
      llm: undefined,
      metrics: undefined,
      release: { version: 'unknown', commit: 'unknown', digest: '', colour: '', environment: 'development' },
    });
  });

  it('tells CloudWatch of its business outside development, or where it is asked to', () => {
    const production = { SLUICE_ENVIRONMENT: 'production', SECRET_KEY: key };
    expect(readConfig(production).metrics).toEqual({ namespace: 'Sluice/Chatbot', intervalMs: 5_000 });
    expect(readConfig({ ...production, METRICS_NAMESPACE: '' }).metrics).toBeUndefined();
    expect(readConfig({ METRICS_NAMESPACE: 'Mine', METRICS_INTERVAL: '0.25' }).metrics).toEqual({
      namespace: 'Mine',
      intervalMs: 250,
    });
    for (const wrong of ['0', '-1', '3601', 'often'])
      expect(() => readConfig({ METRICS_INTERVAL: wrong })).toThrow(
        `METRICS_INTERVAL: "${wrong}": expected seconds from 0.1 to 3600`,
      );
    expect(() => readConfig({ METRICS_NAMESPACE: 'AWS/ECS' })).toThrow(
      'METRICS_NAMESPACE: "AWS/ECS": expected a namespace of CloudWatch',
    );
  });

  it('brings the tables up to date at the start where nobody shares them', () => {
    const production = { SLUICE_ENVIRONMENT: 'production', SECRET_KEY: key };
    const DATABASE_URL = 'postgres://a:b@h/d';
    expect(readConfig({ ...production, DATABASE_URL }).migratesAtStart).toBe(false);
    expect(readConfig(production).migratesAtStart).toBe(true);
    expect(readConfig({ DATABASE_URL }).migratesAtStart).toBe(true);
  });

  it('takes the names that a Flask service has', () => {
    expect(readConfig({ FLASK_DEBUG: 'true' }).debug).toBe(true);
    expect(readConfig({ FLASK_DEBUG: 'true', DEBUG: 'false' }).debug).toBe(false);
    expect(readConfig({ LOG_LEVEL: 'WARNING' }).logLevel).toBe('warn');
    expect(readConfig({ LOG_LEVEL: 'debug' }).logLevel).toBe('debug');
  });

  it('names every mistake at once, with what was found and what was expected', () => {
    const variables = {
      PORT: '80a',
      LOG_LEVEL: 'LOUD',
      DEBUG: 'yes',
      DATABASE_URL: 'mysql://user:canary@127.0.0.1/db',
      BASIC_AUTH: 'canary',
      RATE_LIMIT: '-1',
      TRUSTED_PROXIES: '99',
      HANDOVER_CONTACT: 'javascript:alert(1)',
      LLM_URL: 'file:///etc/passwd',
      SLUICE_ENVIRONMENT: 'production',
    };
    const error = catchError(() => readConfig(variables));
    expect(error).toBeInstanceOf(ConfigError);
    const [first, ...problems] = (error as ConfigError).message.split('\n').map((line) => line.trim());
    expect(first).toMatch(/^The environment has 10 mistakes; the README/);
    expect(problems).toEqual([
      'PORT: "80a": expected a whole number from 1 to 65535',
      'LOG_LEVEL: "LOUD": expected DEBUG, INFO, WARNING, ERROR or SILENT',
      'DEBUG: "yes": expected true or false',
      'DATABASE_URL: expected a postgres:// URL, or nothing for SQLite',
      'BASIC_AUTH: expected user:password, or nothing',
      'RATE_LIMIT: "-1": expected a whole number from 0 to 1000000',
      'TRUSTED_PROXIES: "99": expected a whole number from 0 to 10',
      'HANDOVER_CONTACT: "javascript:alert(1)": expected an https: or mailto: URL',
      'LLM_URL: "file:///etc/passwd": expected the URL of an OpenAI-compatible API, or nothing',
      'SECRET_KEY: expected a key, outside development',
    ]);
  });

  it.each([['0'], ['65536'], ['1.5'], [' 80'], ['']])('refuses the port "%s"', (PORT) => {
    expect(() => readConfig({ PORT })).toThrow(/PORT/);
  });

  it('wants a key of its own outside development', () => {
    const production = { SLUICE_ENVIRONMENT: 'production' };
    expect(() => readConfig({ ...production, SECRET_KEY: 'dev-secret-key-not-for-production' })).toThrow(
      /not development’s/,
    );
    expect(() => readConfig({ ...production, SECRET_KEY: 'short' })).toThrow(/at least 16/);
    expect(() => readConfig({ ...production, SECRET_KEY: `${key},short` })).toThrow(/at least 16/);
    expect(readConfig({ ...production, SECRET_KEY: `${key}, ${key}-before` }).secretKeys).toEqual([
      key,
      `${key}-before`,
    ]);
  });

  it('shows no errors outside development', () => {
    const staging = { SLUICE_ENVIRONMENT: 'staging', SECRET_KEY: key };
    expect(() => readConfig({ ...staging, DEBUG: 'true' })).toThrow(/DEBUG/);
    expect(() => readConfig({ ...staging, FLASK_DEBUG: '1' })).toThrow(/DEBUG/);
    expect(readConfig({ ...staging, FLASK_DEBUG: 'false' })).toMatchObject({
      debug: false,
      trustedProxies: 1,
    });
  });

  it('takes an image that was not told where it runs for production', () => {
    expect(() => readConfig({ NODE_ENV: 'production' })).toThrow(/SECRET_KEY/);
    expect(readConfig({ NODE_ENV: 'production', SECRET_KEY: key })).toMatchObject({
      host: '0.0.0.0',
      release: { environment: 'production' },
    });
    expect(readConfig({ NODE_ENV: 'production', SLUICE_ENVIRONMENT: 'development' }).host).toBe('0.0.0.0');
  });

  it('takes PostgreSQL where a URL names it, SQLite’s file where one is named', () => {
    expect(readConfig({ DATABASE_URL: 'postgres://a:b@h/d', SQLITE_FILE: 'x' }).database).toEqual({
      kind: 'postgres',
      url: 'postgres://a:b@h/d',
      connections: 10,
    });
    expect(readConfig({ SQLITE_FILE: '/data/chatbot.sqlite' }).database).toEqual({
      kind: 'sqlite',
      file: '/data/chatbot.sqlite',
    });
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error: unknown) {
    return error;
  }
  throw new Error('It did not throw.');
}
