import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { formatProblems, loadConfig, type Config } from '../src/config/index.ts';
import { accountId, scaledClock, startCloud, type Cloud } from './cloud/index.ts';
import { packBuilder } from './hub/engine/action-build.ts';
import { createEngine, type Engine } from './hub/engine/index.ts';
import { commitGraph } from './hub/git/commit-graph.ts';
import { installPushHook } from './hub/git/hook.ts';
import { createPushHandler } from './hub/git/push-handler.ts';
import { addRemote, removeRemote } from './hub/git/remote.ts';
import { createBareRepository, gitEnvironment } from './hub/git/repository.ts';
import { configureEnvironment } from './hub/environments/index.ts';
import { Hub } from './hub/hub.ts';
import type { Run } from './hub/model.ts';
import { subjectsOf } from './hub/oidc/index.ts';
import { keepOnDisk } from './hub/persistence/index.ts';
import { startHubServer, type HubServer } from './hub/server.ts';
import { frontDoorOf, infrastructureOf, variablesOf } from './infrastructure.ts';
import { choosePorts } from './ports.ts';
import { rulesOf } from './protection.ts';
import { forgetPostgresHomes, localRds } from './rds/index.ts';
import { startDatabaseWhenWanted } from './rds/when-wanted.ts';
import { openAuthority } from './seed/authority.ts';
import { scaleWhenDeployed, type WantedScaling } from './seed/auto-scaling.ts';
import { provision } from './seed/index.ts';
import { trustHere } from './seed/trust.ts';
import { takeStateDirectory } from './state.ts';
import { trafficOf, type WatchedEnvironment } from './traffic.ts';

const run = promisify(execFile);

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
const preferredPort = 4480;

/** Seconds: five of the cloud's, as far as services go. */
function metricsInterval(timeScale: number): string {
  return String(Math.max(0.1, 5 / timeScale));
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
  if (options.fresh) {
    forgetPostgresHomes(base);
    rmSync(base, { recursive: true, force: true });
  }
  const state = await takeStateDirectory(base);
  const undo: (() => Promise<void> | void)[] = [() => state.release()];
  const stop = once(async () => {
    for (const step of undo.reverse()) {
      try {
        await step();
      } catch (error: unknown) {
        log(`Stopping: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
    }
  });
  try {
    state.notes.forEach(say);
    const names = Object.keys(config.environments);
    const databases = names.filter((name) => config.environments[name]?.database.engine === 'postgres');
    const first = (options.port ?? preferredPort) + (state.number - 1) * 20;
    const { ports, notes } = await choosePorts([
      { name: 'web page', preferred: first, required: options.port !== undefined && state.number === 1 },
      { name: 'AWS API', preferred: first + 1, required: false },
      { name: 'registry', preferred: first + 2, required: false },
      ...names.map((name, index) => ({ name, preferred: first + 10 + index, required: false })),
      ...names.flatMap((name, index) =>
        config.environments[name]?.deploy.strategy === 'rolling'
          ? []
          : [{ name: `${name}, test listener`, preferred: first + 14 + index, required: false }],
      ),
      ...(databases.length === 0 ? [] : [{ name: 'database', preferred: first + 3, required: false }]),
    ]);
    notes.forEach(say);

    const gitDirectory = path.join(state.path, 'hub', `${path.basename(repository)}.git`);
    const git = await createBareRepository(gitDirectory);
    const hub = new Hub(repositoryRecord(repository, gitDirectory));
    hub.reserveIds(Date.now() % 100_000_000);
    const kept = keepOnDisk({ hub, directory: path.join(state.path, 'hub'), log });
    undo.push(() => kept.stop());
    kept.notes.forEach(say);

    const rds = localRds({
      stateDirectory: path.join(state.path, 'rds'),
      port: ports.database ?? 0,
      databases: databases.map((name) => `${config.service}-${name}`),
      onLoss: say,
    });
    undo.push(() => rds.stop());
    // Services of an earlier rehearsal are brought back up with the cloud, and want it at once.
    if (rds.isUsed && databases.length > 0) await rds.start();

    const authority = await openAuthority(path.join(state.path, 'tls'), process.env.NODE_EXTRA_CA_CERTS);
    undo.push(trustHere(authority.certificate));

    const clock = scaledClock(options.timeScale);
    const cloud = await startCloud({
      stateDirectory: path.join(state.path, 'cloud'),
      port: ports['AWS API'] ?? 0,
      registryPort: ports.registry ?? 0,
      clock,
      driver: options.driver,
      log,
    });
    undo.push(() => cloud.stop());
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
    undo.push(() => server.stop());
    cloud.trust({ issuer: server.issuer, jwksUri: server.oidc.jwksUri, audiences: ['sts.amazonaws.com'] });

    // A service counts its business every five seconds of its own time, which here may be minutes of the cloud's.
    const given = { SLUICE_METRICS_INTERVAL: metricsInterval(options.timeScale), ...options.variables };
    const environments = Object.entries(config.environments).map(([name, environment]) => {
      const place = {
        accountId,
        port: ports[name] ?? 0,
        testPort: ports[`${name}, test listener`] ?? 0,
        databaseUrl: rds.urlOf(`${config.service}-${name}`),
      };
      const infrastructure = infrastructureOf(config, name, environment, place, given);
      return { name, environment, place, infrastructure };
    });
    const loadBalancers = await provision(
      cloud,
      {
        issuer: server.issuer,
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
    const actor = await actorOf(repository);
    const scaled = new Map<string, WantedScaling>();
    for (const { name, environment, place, infrastructure } of environments) {
      configureEnvironment(hub, name, rulesOf(environment, actor));
      const arns = loadBalancers.get(name);
      const rehearsed = variablesOf(config, name, environment, place, arns, given);
      Object.assign(hub.environment(name).variables, rehearsed.variables);
      Object.assign(hub.variables, rehearsed.ofTheRepository);
      rehearsed.notes.forEach(say);
      const { region, cluster, service } = infrastructure;
      const { autoScaling } = environment.compute;
      if (autoScaling !== undefined) scaled.set(name, { region, cluster, service, ...autoScaling });
      if (arns === undefined) continue;
      watched.set(name, { cluster, service, url: frontDoorOf(environment, place), loadBalancer: arns });
    }
    undo.push(scaleWhenDeployed(hub, cloud, scaled, log));

    const engine = createEngine({
      hub,
      stateDirectory: path.join(state.path, 'hub', 'engine'),
      serverUrl: server.url,
      // A company's runner trusts the company's authority.
      environment: { AWS_ENDPOINT_URL: cloud.url, NODE_EXTRA_CA_CERTS: authority.bundle },
      actionBuilder: packBuilder(pack, path.join(state.path, 'hub', 'actions')),
      // For a repository that adopted the pack: `uses: OWNER/sluice/…@v1` is this working copy.
      repositories: [{ name: 'sluice', gitDirectory: path.join(pack, '.git') }],
      log,
    });
    undo.push(() => engine.stop());
    undo.push(startDatabaseWhenWanted({ hub, config, rds, say }));
    const hook = await installPushHook(gitDirectory, server.url);
    undo.push(() => hook.remove());
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
    const missed = await engine.catchUp(actor);
    for (const { workflowName, ref } of missed)
      say(`${workflowName} starts: ${ref} was pushed while no rehearsal was running.`);
    const remote = await addRemote(repository, gitDirectory);
    // Where the process ends at once (a second Ctrl-C), what was announced is taken back all the same.
    const atExit = (): void => {
      spawnSync('git', ['-C', repository, 'remote', 'remove', remote.name], {
        env: gitEnvironment(),
        stdio: 'ignore',
      });
      state.release();
    };
    process.once('exit', atExit);
    undo.push(async () => {
      process.off('exit', atExit);
      if (await removeRemote(repository, remote.name, gitDirectory))
        say(`Removed the remote "${remote.name}".`);
    });
    say(
      remote.added
        ? `Added the remote "${remote.name}" to ${repository}; it is removed when the rehearsal stops.`
        : `The remote "${remote.name}" is there from an earlier rehearsal.`,
    );
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
      stop,
    };
  } catch (error: unknown) {
    await stop();
    throw error;
  }
}

async function topOf(folder: string): Promise<string> {
  const env = gitEnvironment();
  try {
    const { stdout } = await run('git', ['-C', folder, 'rev-parse', '--show-toplevel'], { env });
    await run('git', ['-C', folder, 'rev-parse', '--verify', 'HEAD'], { env });
    return stdout.trim();
  } catch (error: unknown) {
    throw new Error(
      `${path.resolve(folder)} is no Git repository with a commit, and the rehearsal deploys commits. Run it in your repository, or name it with --repo.`,
      { cause: error },
    );
  }
}

async function readConfig(file: string, shown: string): Promise<Config> {
  const loaded = await loadConfig(file);
  if (loaded.ok) return loaded.config;
  throw new Error(formatProblems(loaded.problems.map((problem) => ({ ...problem, file: shown }))));
}

/** Ids that stay the same for a folder, so that a restart does not change the OIDC subjects. */
function repositoryRecord(repository: string, gitDirectory: string) {
  const number = createHash('sha256').update(repository).digest().readUInt32BE() % 1_000_000_000;
  const name = path.basename(repository).replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return { id: number, owner: 'rehearsal', ownerId: number + 1, name, defaultBranch: 'main', gitDirectory };
}

async function actorOf(repository: string): Promise<string> {
  try {
    const { stdout } = await run('git', ['-C', repository, 'config', 'user.name'], { env: gitEnvironment() });
    const name = stdout
      .trim()
      .replaceAll(/[^A-Za-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '');
    return name === '' ? 'you' : name;
  } catch {
    return 'you';
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
