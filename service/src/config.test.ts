import { ConfigError, readConfig } from './config.ts';

const key = 'a-key-of-its-own-for-tests';

describe('the configuration', () => {
  it('needs nothing in development', () => {
    expect(readConfig({})).toMatchObject({
      port: 8080,
      database: { kind: 'sqlite' },
      debug: false,
      basicAuth: undefined,
    });
  });

  it('takes FLASK_DEBUG for DEBUG', () => {
    expect(readConfig({ FLASK_DEBUG: 'true' }).debug).toBe(true);
    expect(readConfig({ FLASK_DEBUG: 'true', DEBUG: 'false' }).debug).toBe(false);
  });

  it('reports every mistake at once', () => {
    const variables = {
      PORT: 'x',
      LOG_LEVEL: 'LOUD',
      DATABASE_URL: 'mysql://x',
      BASIC_AUTH: 'x',
      SLUICE_ENVIRONMENT: 'production',
    };
    expect(() => readConfig(variables)).toThrow(ConfigError);
    expect(() => readConfig(variables)).toThrow(
      /PORT[^]*LOG_LEVEL[^]*DATABASE_URL[^]*BASIC_AUTH[^]*SECRET_KEY/,
    );
  });

  it('wants a real key outside development', () => {
    const production = { SLUICE_ENVIRONMENT: 'production' };
    expect(() => readConfig(production)).toThrow(/SECRET_KEY/);
    expect(() => readConfig({ ...production, SECRET_KEY: 'dev-secret-key-not-for-production' })).toThrow(
      /development/,
    );
    expect(() => readConfig({ ...production, SECRET_KEY: key, DEBUG: 'true' })).toThrow(/DEBUG/);
    expect(readConfig({ ...production, SECRET_KEY: `${key},${key}-before` }).secretKeys).toEqual([
      key,
      `${key}-before`,
    ]);
  });
});
