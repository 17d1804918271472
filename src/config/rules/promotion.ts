import { nearest } from '../problem.ts';
import { overlap } from '../triggers.ts';
import type { EnvironmentRule, FileRule } from './rule.ts';

export const promotionRules: readonly EnvironmentRule[] = [
  {
    says: '`promote.from` is another environment, which has the checks that `require` names.',
    reads: ['promote', 'promote.from', 'promote.require'],
    check: ({ name, names, config, environment: { promote } }) => {
      if (promote === undefined) return [];
      const others = names.filter((other) => other !== name);
      if (!others.includes(promote.from)) {
        return [
          {
            at: 'promote.from',
            found: promote.from === name ? 'the environment itself' : `"${promote.from}"`,
            expected:
              others.length === 0 ? 'another environment, and there is none' : `one of ${others.join(', ')}`,
            suggestion: nearest(promote.from, others),
          },
        ];
      }
      // It may have mistakes of its own, and is judged again without them.
      const from = Object.hasOwn(config.environments, promote.from)
        ? config.environments[promote.from]
        : undefined;
      return promote.require.map((verdict, index) =>
        from !== undefined && from.checks[verdict] === undefined
          ? {
              at: `promote.require.${index}`,
              found: `"${verdict}", which is no check of ${promote.from}`,
              expected: `a check of ${promote.from}`,
            }
          : undefined,
      );
    },
  },
  {
    says: '`slo.availability` is above 0% and below 100%.',
    reads: ['slo.availability'],
    check: ({ environment: { slo } }) => [
      slo?.availability === 0 || slo?.availability === 100
        ? {
            at: 'slo.availability',
            found: `${slo.availability}%`,
            expected:
              'more than 0% and less than 100%: a service level without failures has no budget to burn',
          }
        : undefined,
    ],
  },
  {
    says: 'A percentage in `availability` is not more than `slo.availability`; `budget.most` is not less than `budget.monthly`.',
    reads: ['availability', 'slo.availability', 'budget.most', 'budget.monthly'],
    check: ({ environment: { availability, slo, budget } }) => [
      typeof availability === 'number' && slo?.availability !== undefined && availability > slo.availability
        ? {
            at: 'availability',
            found: `${availability}%, with slo.availability at ${slo.availability}%`,
            expected: 'no more than what is watched',
          }
        : undefined,
      budget?.most !== undefined && budget.most < budget.monthly
        ? { at: 'budget.most', found: String(budget.most), expected: `at least monthly, ${budget.monthly}` }
        : undefined,
    ],
  },
];

export const fileRules: readonly FileRule[] = [
  {
    says: 'There is at least one environment.',
    reads: ['/environments'],
    check: ({ names }) =>
      names.length === 0
        ? [{ at: '/environments', found: 'none', expected: 'at least one environment' }]
        : [],
  },
  {
    says: 'No ref deploys to two environments: branches differ, and so do tags that patterns stand for.',
    reads: ['/environments'],
    check: ({ config }) => {
      const triggers = Object.entries(config.environments);
      return triggers.map(([name, { on }], index) => {
        const twin = triggers.slice(0, index).find(([, earlier]) => overlap(earlier.on, on));
        return twin === undefined
          ? undefined
          : {
              at: `/environments.${name}.on`,
              found: `a trigger that ${twin[0]} answers too`,
              expected: 'a branch or tags of its own',
            };
      });
    },
  },
  {
    says: '`data.flow` names environments, each once; where `real` data leaves its environment there is `data.anonymise`.',
    reads: ['/data.flow', '/data.anonymise'],
    check: ({ config: { data, environments }, names }) => {
      const flow = data?.flow ?? [];
      return [
        ...flow.map((name, index) =>
          names.includes(name)
            ? flow.indexOf(name) === index
              ? undefined
              : {
                  at: `/data.flow.${index}`,
                  found: `"${name}" a second time`,
                  expected: 'each environment once',
                }
            : {
                at: `/data.flow.${index}`,
                found: `"${name}"`,
                expected: `one of ${names.join(', ')}`,
                suggestion: nearest(name, names),
              },
        ),
        data?.anonymise === undefined &&
        flow
          .slice(0, -1)
          .some((name) => Object.hasOwn(environments, name) && environments[name]?.data === 'real')
          ? {
              at: '/data.flow',
              found: 'real data that goes on as it is',
              expected: 'data.anonymise: the file with the rules of anonymising',
            }
          : undefined,
      ];
    },
  },
];
