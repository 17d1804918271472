import type { Config } from '../src/config/index.ts';
import { accountId, type Cloud } from './cloud/index.ts';
import { configureEnvironment } from './hub/environments/index.ts';
import type { Hub } from './hub/hub.ts';
import { subjectsOf } from './hub/oidc/index.ts';
import { frontDoorOf, infrastructureOf, variablesOf } from './infrastructure.ts';
import { testListenerOf } from './ports.ts';
import { rulesOf, signOffOf } from './protection.ts';
import type { LocalRds } from './rds/index.ts';
import type { Authority } from './seed/authority.ts';
import type { WantedScaling } from './seed/auto-scaling.ts';
import { provision } from './seed/index.ts';
import type { WatchedEnvironment } from './traffic.ts';

export interface EnvironmentsOptions {
  readonly config: Config;
  readonly hub: Hub;
  readonly cloud: Cloud;
  readonly rds: LocalRds;
  readonly authority: Authority;
  /** Who issues the jobs' OIDC tokens. */
  readonly issuer: string;
  /** By name, as `ports.ts` has chosen them. */
  readonly ports: Readonly<Record<string, number>>;
  /** GitHub variables that the user gave values. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeScale: number;
  readonly actor: string;
  readonly say: (line: string) => void;
}

export interface Environments {
  /** Those whose traffic can be looked at. */
  readonly watched: ReadonlyMap<string, WatchedEnvironment>;
  /** Those whose service auto scaling is to have. */
  readonly scaled: ReadonlyMap<string, WantedScaling>;
}

/** Makes every environment of sluice.yml on both sides: the account with what it needs, and GitHub's environment. */
export async function prepareEnvironments(options: EnvironmentsOptions): Promise<Environments> {
  const { config, hub, cloud, rds, authority, issuer, ports, timeScale, actor, say } = options;
  const given = { SLUICE_METRICS_INTERVAL: metricsInterval(timeScale), ...options.variables };
  const environments = Object.entries(config.environments).map(([name, environment]) => {
    const place = {
      accountId,
      port: ports[name] ?? 0,
      testPort: ports[testListenerOf(name)] ?? 0,
      databaseUrl: rds.urlOf(databaseOf(config, name)),
    };
    const infrastructure = infrastructureOf(config, name, environment, place, given);
    return { name, environment, place, infrastructure };
  });
  const loadBalancers = await provision(
    cloud,
    {
      issuer,
      subjectsOf: (name) => {
        const { plain, immutable } = subjectsOf(hub, name);
        return [plain, immutable];
      },
    },
    environments.map(({ infrastructure }) => infrastructure),
    authority,
  );
  if (environments.some(({ infrastructure }) => infrastructure.isSecure === true)) {
    say(
      `What is at https:// is certified by ${authority.file}: curl --cacert that file, or let a browser import it.`,
    );
  }
  const watched = new Map<string, WatchedEnvironment>();
  const scaled = new Map<string, WantedScaling>();
  for (const { name, environment, place, infrastructure } of environments) {
    configureEnvironment(hub, name, rulesOf(environment, actor));
    const signOff = signOffOf(name, environment, actor);
    if (signOff !== undefined) configureEnvironment(hub, signOff.name, signOff.rules);
    const arns = loadBalancers.get(name);
    const rehearsed = variablesOf(config, name, environment, place, arns, given);
    Object.assign(hub.environment(name).variables, rehearsed.variables);
    Object.assign(hub.variables, rehearsed.ofTheRepository);
    rehearsed.notes.forEach(say);
    const { region, cluster, service } = infrastructure;
    const { autoScaling } = environment.compute;
    if (autoScaling !== undefined) scaled.set(name, { region, cluster, service, ...autoScaling });
    if (arns !== undefined) {
      watched.set(name, { cluster, service, url: frontDoorOf(environment, place), loadBalancer: arns });
    }
  }
  return { watched, scaled };
}

/** The database of an environment in the local RDS. */
export function databaseOf(config: Config, environment: string): string {
  return `${config.service}-${environment}`;
}

/** A service counts its business every five seconds of its own time, which here may be minutes of the cloud's. */
function metricsInterval(timeScale: number): string {
  return String(Math.max(0.1, 5 / timeScale));
}
