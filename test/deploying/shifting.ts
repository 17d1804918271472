import { checkedOut, runAction, type Ended } from '../running/action.ts';
import { openAccount, type Account, type AccountOptions } from './account.ts';
import { pushEach } from './images.ts';
import { watchInvariants } from './invariants.ts';
import { liveService, type LiveService } from './live-service.ts';
import { programs, type Kind } from './releases.ts';
import { startUsers, type StopUsers } from './users.ts';

export type { Kind } from './releases.ts';

export type Step = 'deploy' | 'health-check' | 'shift-traffic' | 'monitor';

interface StepOptions {
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  readonly onOutput?: (text: string) => void;
  /** Inputs of the action, over the usual ones. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Keys of `deploy` in sluice.yml, over the account's own. */
  readonly deploy?: Readonly<Record<string, unknown>>;
}

/** An account with a load balancer and two target groups, and the steps of a production deployment. */
export interface Shifting extends Pick<Account, 'trial' | 'url' | 'balancer' | 'kill'>, LiveService {
  /** Each kind's image by digest. */
  readonly images: Readonly<Record<Kind, string>>;
  /** The text of sluice.yml. */
  readonly configuration: string;
  /** Runs one step in a process of its own. */
  step(step: Step, kind: Kind, version: string, options?: StepOptions): Promise<Ended>;
  /** Runs the steps one after the other, as production.yml does, as long as they are green. @returns each */
  release(kind: Kind, version: string, options?: StepOptions): Promise<readonly Ended[]>;
  /** Users: steady requests, until it is stopped, or until there were so many. */
  users(perSecond?: number, most?: number): StopUsers;
  /** @throws where one of the invariants of a deployment did not hold at some moment since the beginning */
  end(): Promise<void>;
}

export interface ShiftingOptions extends AccountOptions {
  /** Keys of `deploy` in sluice.yml. */
  readonly deploy: Readonly<Record<string, unknown>>;
  /** More files of the repository, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function shifting({ deploy, files = {}, ...options }: ShiftingOptions): Promise<Shifting> {
  const account = await openAccount(options);
  const { trial, folder, url, balancer } = account;
  const watch = watchInvariants(trial.cloud, {
    service: 'shop',
    productionRule: balancer.productionRule,
    groups: [balancer.targetGroup, balancer.alternateTargetGroup],
  });
  const images = await pushEach(trial, programs);
  const { destroy, ...service } = liveService(account);

  const step: Shifting['step'] = (name, kind, version, { inputs = {}, deploy: changes = {}, ...how } = {}) =>
    runAction({
      action: name,
      cloudUrl: trial.cloud.url,
      ref: 'refs/heads/main',
      inputs: {
        environment: 'live',
        image: images[kind],
        version,
        ...(name === 'deploy' ? { until: 'ready' } : {}),
        ...inputs,
      },
      ...checkedOut(folder, version, {
        'sluice.yml': account.configuration({ ...deploy, ...changes }),
        ...files,
      }),
      ...how,
    });

  return {
    ...service,
    trial,
    url,
    balancer,
    images,
    configuration: account.configuration(deploy),
    kill: () => account.kill(),
    step,
    release: async (kind, version, how) => {
      const ended: Ended[] = [];
      for (const name of ['deploy', 'shift-traffic', 'monitor'] as const) {
        const one = await step(name, kind, version, how);
        ended.push(one);
        if (one.exitCode !== 0) break;
      }
      return ended;
    },
    users: (perSecond = 60, most = Infinity) => startUsers(url, perSecond, most),
    end: async () => {
      watch.end();
      destroy();
      await account.end();
      if (watch.violations.length > 0) {
        throw new Error(`What has to hold at every instant did not:\n${watch.violations.join('\n')}`);
      }
    },
  };
}
