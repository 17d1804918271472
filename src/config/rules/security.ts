import { known, type EnvironmentRule } from './rule.ts';

/** Set by `deploy` in every task definition. */
const reserved = /^(?:PORT|SLUICE_(?:VERSION|COMMIT|DIGEST|ENVIRONMENT|COLOUR))$/;
const debugSwitches = ['DEBUG', 'FLASK_DEBUG'];

export const securityRules: readonly EnvironmentRule[] = [
  {
    says: 'A `literal` secret is allowed where `security.level` is `relaxed`.',
    reads: ['secrets', 'security.level'],
    check: ({ environment: { secrets, security } }) =>
      security.level === 'relaxed'
        ? []
        : Object.entries(secrets).map(([name, secret]) =>
            'literal' in secret
              ? {
                  at: `secrets.${name}`,
                  found: `a literal secret where security.level is ${security.level}`,
                  expected: '{ secretsManager: NAME } or { parameter: NAME }',
                }
              : undefined,
          ),
  },
  {
    says: 'Debugging (`DEBUG`, `FLASK_DEBUG`) is switched on where `security.level` is `relaxed`.',
    reads: ['variables', 'security.level'],
    check: ({ environment: { variables, security } }) =>
      debugSwitches.map((name) => {
        const value = Object.hasOwn(variables, name) ? known(variables[name]) : undefined;
        return security.level !== 'relaxed' && /^(?:true|1|yes|on)$/i.test(value ?? '')
          ? {
              at: `variables.${name}`,
              found: `"${value ?? ''}" where security.level is ${security.level}`,
              expected: '"false": debugging shows users what is inside',
            }
          : undefined;
      }),
  },
  {
    says: 'Where `security.level` is not `relaxed`, users come over TLS; where it is `maximum`, the network is not `open`.',
    reads: ['security.level', 'tls.mode', 'network.access'],
    check: ({ environment: { security, tls, network } }) => [
      security.level !== 'relaxed' && tls.mode !== 'required'
        ? {
            at: 'tls.mode',
            found: `"${tls.mode}" where security.level is ${security.level}`,
            expected: 'required, or security.level: relaxed',
          }
        : undefined,
      security.level === 'maximum' && network.access === 'open'
        ? {
            at: 'network.access',
            found: '"open" where security.level is maximum',
            expected: 'vpc or isolated',
          }
        : undefined,
    ],
  },
  {
    says: '`url` and `tls.mode` agree: https:// with `required` or `self-signed`, http:// with `none`; no `certificate` with `none`.',
    reads: ['url', 'tls.mode', 'tls.certificate', 'security.level'],
    check: ({ environment: { url, tls, security } }) => {
      const written = known(url);
      const scheme = written === undefined ? undefined : written.startsWith('https:') ? 'https' : 'http';
      return [
        // A relaxed environment may leave tls out: what is said of it there is about its URL.
        scheme === 'http' && tls.mode !== 'none' && security.level !== 'relaxed'
          ? {
              at: 'url',
              found: `"${written ?? ''}" with tls.mode ${tls.mode}`,
              expected: 'a URL with https://',
            }
          : undefined,
        scheme === 'https' && tls.mode === 'none'
          ? {
              at: 'url',
              found: `"${written ?? ''}" with tls.mode none`,
              expected: 'a URL with http://, or tls.mode: required',
            }
          : undefined,
        tls.mode !== 'required' && tls.certificate !== 'none'
          ? {
              at: 'tls.certificate',
              found: `"${tls.certificate}" with tls.mode ${tls.mode}`,
              expected: 'none, or tls.mode: required',
            }
          : undefined,
      ];
    },
  },
  {
    says: 'Production (an environment of that name, or one with `real` data) has an `approval`, and its `security.level` is not `relaxed`.',
    reads: ['approval', 'data', 'security.level'],
    check: ({ name, environment: { approval, data, security } }) => {
      if (name !== 'production' && data !== 'real') return [];
      const why = name === 'production' ? 'in production' : 'with real data';
      return [
        approval === 'none'
          ? {
              at: 'approval',
              found: `none ${why}`,
              expected: '{ reviewers: 1, selfApproval: false }',
            }
          : undefined,
        security.level === 'relaxed'
          ? { at: 'security.level', found: `"relaxed" ${why}`, expected: 'production-like or maximum' }
          : undefined,
      ];
    },
  },
  {
    says: 'A name is in `variables` or in `secrets`, and none of those that Sluice sets: `PORT`, `SLUICE_VERSION`, `SLUICE_COMMIT`, `SLUICE_DIGEST`, `SLUICE_ENVIRONMENT`, `SLUICE_COLOUR`.',
    reads: ['variables', 'secrets'],
    check: ({ environment: { variables, secrets } }) => [
      ...Object.keys(secrets).map((name) =>
        Object.hasOwn(variables, name)
          ? {
              at: `secrets.${name}`,
              found: `${name}, which is in variables too`,
              expected: 'it in one of both',
            }
          : undefined,
      ),
      ...(['variables', 'secrets'] as const).flatMap((list) =>
        Object.keys(list === 'variables' ? variables : secrets).map((name) =>
          reserved.test(name)
            ? { at: `${list}.${name}`, found: name, expected: 'another name: Sluice sets this one' }
            : undefined,
        ),
      ),
    ],
  },
  {
    says: '`database.secret` is there with engine `postgres` unless `DATABASE_URL` comes from elsewhere; `instance`, `multiAz`, `secret` and `migrate` belong to it.',
    reads: [
      'database',
      'database.engine',
      'database.secret',
      'database.instance',
      'database.multiAz',
      'database.migrate',
      'variables',
      'secrets',
    ],
    check: ({ environment: { database, variables, secrets } }) => {
      const elsewhere = (['variables', 'secrets'] as const).find((list) =>
        Object.hasOwn(list === 'variables' ? variables : secrets, 'DATABASE_URL'),
      );
      if (database.engine !== 'postgres') {
        const given = (['instance', 'secret', 'migrate'] as const).filter(
          (key) => database[key] !== undefined,
        );
        return [...given, ...(database.multiAz ? (['multiAz'] as const) : [])].map((key) => ({
          at: `database.${key}`,
          found: `${key} with engine ${database.engine}`,
          expected: `engine: postgres, or no ${key}`,
        }));
      }
      return [
        database.secret === undefined && elsewhere === undefined
          ? {
              at: 'database.engine',
              found: '"postgres" without a secret',
              expected: 'secret: where the connection URL is kept',
            }
          : undefined,
        database.secret !== undefined && elsewhere !== undefined
          ? {
              at: `${elsewhere}.DATABASE_URL`,
              found: 'DATABASE_URL next to database.secret',
              expected: 'it from one of both',
            }
          : undefined,
        database.multiAz && database.instance === undefined
          ? {
              at: 'database.multiAz',
              found: 'true without an RDS instance',
              expected: 'instance: db.t3.micro or another',
            }
          : undefined,
      ];
    },
  },
];
