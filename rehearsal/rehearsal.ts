import path from 'node:path';
import { loadConfig, type Config } from '../src/config/index.ts';
import { scaledClock, startCloud, type Cloud } from './cloud/index.ts';
import { databaseOf, prepareEnvironments } from './environments.ts';
import { packBuilder } from './hub/engine/action-build.ts';
import { createEngine, type Engine } from './hub/engine/index.ts';
import { commitGraph } from './hub/git/commit-graph.ts';
import { installPushHook } from './hub/git/hook.ts';
import { createPushHandler } from './hub/git/push-handler.ts';
import { createBareRepository } from './hub/git/repository.ts';
import { Hub } from './hub/hub.ts';
import type { Run } from './hub/model.ts';
import { keepOnDisk } from './hub/persistence/index.ts';
import { startHubServer, type HubServer } from './hub/server.ts';
import { offerRemote } from './offered-remote.ts';
import { choosePorts, wantedPorts } from './ports.ts';
import { localRds, type LocalRds } from './rds/index.ts';
import { startDatabaseWhenWanted } from './rds/when-wanted.ts';
import { actorOf, gitHubRepository, readConfig, topOf } from './repository.ts';
import { openAuthority, type Authority } from './seed/authority.ts';
import { scaleWhenDeployed } from './seed/auto-scaling.ts';
import { trustHere } from './seed/trust.ts';
import { forgetState, takeStateDirectory, type StateDirectory } from './state.ts';
import { Teardown } from './teardown.ts';
import { trafficOf, type WatchedEnvironment } from './traffic.ts';

export interface RehearsalOptions {
  /** A folder in the user's repository. */
  readonly repository: string;
  /** Relative to the repository's top. */
  readonly config: string;
  readonly port: number | undefined;
  readonly timeScale: number;
  readonly driver: 'auto' | 'process' | 'docker';
  readonly variables: Readonly<Record<string, string>>;
  /** Forget what earlier rehearsals left. */
  readonly fresh: boolean;
  /** What the user should know: remotes, ports, what was taken over. */
  readonly say: (line: string) => void;
  /** What only matters when something is wrong. */
  readonly log: (line: string) => void;
}

export interface Rehearsal {
  readonly repository: string;
  /** The bare repository behind the remote. */
  readonly gitDirectory: string;
  readonly remote: string;
  readonly config: Config;
  readonly hub: Hub;
  readonly server: HubServer;
  readonly engine: Engine;
  /** Runs of what was pushed while no rehearsal was running. */
  readonly missed: readonly Run[];
  readonly cloud: Cloud;
  readonly actor: string;
  stop(): Promise<void>;
}

/** The pack that this file is part of: its actions are compiled from here. */
const pack = path.resolve(import.meta.dirname, '..');

/** What the parts of a rehearsal are brought up from, and where they leave how to take them down. */
interface Setting {
  readonly options: RehearsalOptions;
  readonly repository: string;
  readonly config: Config;
  readonly state: StateDirectory;
  readonly ports: Readonly<Record<string, number>>;
  readonly actor: string;
  readonly teardown: Teardown;
}

/**
 * Brings up the local AWS and the local GitHub for a repository: nothing of the repository changes but for a remote,
 * which is announced, and removed again by `stop`.
 * @throws Error in words for the user, where it cannot
 */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const { say, log } = options;
  const repository = await topOf(options.repository);
  const config = await readConfig(path.join(repository, options.config), options.config);
  const base = path.join(repository, '.sluice-rehearsal');
  if (options.fresh) await forgetState(base);
  const state = await takeStateDirectory(base);
  const teardown = new Teardown((error) =>
    log(`Stopping: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  );
  teardown.add(() => state.release());
  try {
    state.notes.forEach(say);
    const { ports, notes } = await choosePorts(wantedPorts(config, options.port, state.number));
    notes.forEach(say);
    const actor = await actorOf(repository);
    return await bringUp({ options, repository, config, state, ports, actor, teardown });
  } catch (error: unknown) {
    await teardown.run();
    throw error;
  }
}

async function bringUp(setting: Setting): Promise<Rehearsal> {
  const { options, repository, config, state, ports, actor, teardown } = setting;
  const { say, log } = options;
  const gitDirectory = path.join(state.path, 'hub', `${path.basename(repository)}.git`);
  const git = await createBareRepository(gitDirectory);
  const hub = openHub(setting, gitDirectory);
  const rds = await openDatabases(setting);
  const authority = await openAuthority(path.join(state.path, 'tls'), process.env.NODE_EXTRA_CA_CERTS);
  teardown.add(trustHere(authority.certificate));

  const clock = scaledClock(options.timeScale);
  const cloud = await startCloud({
    stateDirectory: path.join(state.path, 'cloud'),
    port: ports['AWS API'] ?? 0,
    registryPort: ports.registry ?? 0,
    clock,
    driver: options.driver,
    log,
  });
  teardown.add(() => cloud.stop());
  const watched = new Map<string, WatchedEnvironment>();
  const server = await startHubServer({
    hub,
    port: ports['web page'] ?? 0,
    stateDirectory: path.join(state.path, 'hub'),
    commits: commitGraph(git),
    config: async () => {
      const loaded = await loadConfig(path.join(repository, options.config));
      return loaded.ok ? loaded.config : undefined;
    },
    driver: () => cloud.driver,
    traffic: trafficOf(cloud, clock, watched),
    log,
  });
  teardown.add(() => server.stop());
  cloud.trust({ issuer: server.issuer, jwksUri: server.oidc.jwksUri, audiences: ['sts.amazonaws.com'] });

  const environments = await prepareEnvironments({
    ...options,
    config,
    hub,
    cloud,
    rds,
    authority,
    issuer: server.issuer,
    ports,
    actor,
  });
  for (const [name, environment] of environments.watched) watched.set(name, environment);
  teardown.add(scaleWhenDeployed(hub, cloud, environments.scaled, log));

  const engine = startEngine(setting, { hub, server, cloud, authority });
  teardown.add(startDatabaseWhenWanted({ hub, config, rds, say }));
  await takePushes(setting, { hub, server, engine, gitDirectory });
  const missed = await engine.catchUp(actor);
  for (const { workflowName, ref } of missed)
    say(`${workflowName} starts: ${ref} was pushed while no rehearsal was running.`);
  const remote = await offerRemote(repository, gitDirectory, say);
  teardown.add(() => remote.withdraw());
  state.announce(server.url);
  return {
    repository,
    gitDirectory,
    remote: remote.name,
    config,
    hub,
    server,
    engine,
    cloud,
    actor,
    missed,
    stop: () => teardown.run(),
  };
}

function openHub({ options, repository, state, teardown }: Setting, gitDirectory: string): Hub {
  const hub = new Hub(gitHubRepository(repository, gitDirectory));
  hub.reserveIds(Date.now() % 100_000_000);
  const kept = keepOnDisk({ hub, directory: path.join(state.path, 'hub'), log: options.log });
  teardown.add(() => kept.stop());
  kept.notes.forEach(options.say);
  return hub;
}

async function openDatabases({ options, config, state, ports, teardown }: Setting): Promise<LocalRds> {
  const databases = Object.entries(config.environments)
    .filter(([, { database }]) => database.engine === 'postgres')
    .map(([name]) => databaseOf(config, name));
  const rds = localRds({
    stateDirectory: path.join(state.path, 'rds'),
    port: ports.database ?? 0,
    databases,
    onLoss: options.say,
  });
  teardown.add(() => rds.stop());
  // Services of an earlier rehearsal are brought back up with the cloud, and want it at once.
  if (rds.isUsed && databases.length > 0) await rds.start();
  return rds;
}

function startEngine(
  { options, state, teardown }: Setting,
  { hub, server, cloud, authority }: { hub: Hub; server: HubServer; cloud: Cloud; authority: Authority },
): Engine {
  const engine = createEngine({
    hub,
    stateDirectory: path.join(state.path, 'hub', 'engine'),
    serverUrl: server.url,
    // A company's runner trusts the company's authority.
    environment: { AWS_ENDPOINT_URL: cloud.url, NODE_EXTRA_CA_CERTS: authority.bundle },
    actionBuilder: packBuilder(pack, path.join(state.path, 'hub', 'actions')),
    // For a repository that adopted the pack: `uses: OWNER/sluice/…@v1` is this working copy.
    repositories: [{ name: 'sluice', gitDirectory: path.join(pack, '.git') }],
    log: options.log,
  });
  teardown.add(() => engine.stop());
  return engine;
}

/** Has Git tell of every push to the bare repository, and the engine run what it triggers. */
async function takePushes(
  { actor, teardown }: Setting,
  {
    hub,
    server,
    engine,
    gitDirectory,
  }: { hub: Hub; server: HubServer; engine: Engine; gitDirectory: string },
): Promise<void> {
  const hook = await installPushHook(gitDirectory, server.url);
  teardown.add(() => hook.remove());
  server.attach(
    engine,
    createPushHandler({
      hub,
      serverUrl: server.url,
      token: hook.token,
      actor,
      push: (push) => engine.push(push),
    }),
  );
}
