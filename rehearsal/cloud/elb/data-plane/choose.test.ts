import fc from 'fast-check';
import type { TargetGroupRecord, TargetRecord } from '../model.ts';
import { choose, chooseGroup, type Choice } from './choose.ts';

const states: readonly TargetRecord['state'][] = ['initial', 'healthy', 'unhealthy', 'draining'];

const anyGroup = fc
  .array(fc.constantFrom(...states), { maxLength: 4 })
  .map((targets) => ({ targets, isSticky: false }));
const anyRule = fc.array(fc.record({ weight: fc.integer({ min: 0, max: 999 }), group: anyGroup }), {
  maxLength: 5,
});
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('where a request goes', () => {
  it('is a group with a weight, and never a target that drains, whatever the rule and the targets are', () => {
    fc.assert(
      fc.property(anyRule, fraction, fc.nat(), (rule, random, turn) => {
        const chosen = chooseOf(rule, random, turn);
        const total = rule.reduce((sum, { weight }) => sum + weight, 0);
        expect(chosen === undefined).toBe(total === 0);
        if (chosen === undefined) return;
        expect(rule[indexOf(chosen)]?.weight).toBeGreaterThan(0);
        expect(chosen.target?.state).not.toBe('draining');
      }),
    );
  });

  it('is a healthy target where the group has one, any that does not drain where it has none', () => {
    fc.assert(
      fc.property(anyRule, fraction, fc.nat(), (rule, random, turn) => {
        const chosen = chooseOf(rule, random, turn);
        if (chosen === undefined) return;
        const present = chosen.group.targets.map(({ state }) => state);
        if (present.includes('healthy')) expect(chosen.target?.state).toBe('healthy');
        else expect(chosen.target === undefined).toBe(present.every((state) => state === 'draining'));
      }),
    );
  });

  it('does not depend on health: a group that has no target keeps its share', () => {
    fc.assert(
      fc.property(anyRule, fraction, fc.nat(), (rule, random, turn) => {
        const emptied = rule.map(({ weight }) => ({ weight, group: { targets: [], isSticky: false } }));
        expect(indexOf(chooseOf(emptied, random, turn))).toBe(indexOf(chooseOf(rule, random, turn)));
      }),
    );
  });

  it('gives each group exactly its weight, over all that chance may say', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 5 }), (weights) => {
        const groups = weights.map((weight, index) => ({ weight, index }));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const counts = weights.map(() => 0);
        for (let step = 0; step < total; step += 1) {
          const index = chooseGroup(groups, (step + 0.5) / total)?.index ?? -1;
          counts[index] = (counts[index] ?? 0) + 1;
        }
        expect(counts).toEqual(weights);
      }),
    );
  });

  it('goes round the healthy targets', () => {
    const rule = [
      {
        weight: 1,
        group: {
          targets: ['healthy', 'unhealthy', 'healthy', 'draining', 'healthy'] as const,
          isSticky: false,
        },
      },
    ];
    const ports = [0, 1, 2, 3].map((turn) => chooseOf(rule, 0, turn)?.target?.port);
    expect(ports).toEqual([1000, 1002, 1004, 1000]);
  });

  it('is where the client went before, as long as it is there', () => {
    const rule = (weight: number, first: TargetRecord['state']) => [
      { weight: 1, group: { targets: [], isSticky: true } },
      { weight, group: { targets: [first, 'healthy'] as const, isSticky: true } },
    ];
    const before = chooseOf(rule(1, 'healthy'), 0.9, 0, '', 60);
    const cookie = before?.cookies.map((one) => one.split(';')[0]).join('; ');
    expect(before?.target?.port).toBe(1000);
    expect(cookie).toMatch(/^AWSALBTG=.+; AWSALB=.+$/);
    // Chance would have it be the other group, and the other target.
    expect(chooseOf(rule(1, 'healthy'), 0, 1, cookie, 60)?.target?.port).toBe(1000);
    expect(chooseOf(rule(1, 'draining'), 0, 1, cookie, 60)?.target?.port).toBe(1001);
    expect(indexOf(chooseOf(rule(0, 'healthy'), 0, 1, cookie, 60))).toBe(0);
    expect(indexOf(chooseOf(rule(1, 'healthy'), 0, 1, 'AWSALBTG=made-up; AWSALB=made-up', 60))).toBe(0);
  });
});

interface Written {
  readonly weight: number;
  readonly group: { readonly targets: readonly TargetRecord['state'][]; readonly isSticky: boolean };
}

/** Groups are `group-0`, `group-1`, …; targets have the ports 1000, 1001, … */
function chooseOf(
  rule: readonly Written[],
  random: number,
  turn: number,
  cookie = '',
  stickySeconds?: number,
): Choice | undefined {
  const groups = rule.map(({ group }, index) => groupOf(`group-${index}`, group));
  return choose(
    {
      groups: rule.map(({ weight }, index) => ({ targetGroupArn: `group-${index}`, weight })),
      stickySeconds,
    },
    cookie,
    { group: (arn) => groups.find((one) => one.arn === arn), turn: () => turn, random: () => random },
  );
}

function groupOf(arn: string, { targets, isSticky }: Written['group']): TargetGroupRecord {
  return {
    arn,
    name: arn,
    port: 80,
    vpcId: 'vpc-1',
    targetType: 'ip',
    healthCheck: {
      path: '/',
      port: 'traffic-port',
      intervalSeconds: 5,
      timeoutSeconds: 2,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      matcher: '200',
    },
    attributes: { 'stickiness.enabled': String(isSticky) },
    targets: targets.map((state, index) => ({
      id: '127.0.0.1',
      port: 1000 + index,
      state,
      streak: { isGood: true, length: 1 },
    })),
    tags: {},
  };
}

function indexOf(choice: Choice | undefined): number {
  return choice === undefined ? -1 : Number(choice.group.arn.slice('group-'.length));
}
