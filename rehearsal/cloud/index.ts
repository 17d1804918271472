import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createCertificateManager } from './acm/index.ts';
import { createAutoScaling } from './autoscaling/index.ts';
import { CallLog, type CallRecord } from './calls/index.ts';
import { scaledClock, type Clock } from './clock.ts';
import { createCloudWatch, type CloudWatch } from './cloudwatch/index.ts';
import { controlHandler, controlPrefix } from './control/index.ts';
import { adminCredentials, Credentials } from './credentials.ts';
import { createEcr } from './ecr/index.ts';
import { driverByImage } from './ecs/drivers/by-image.ts';
import { dockerAnswers, dockerDriver } from './ecs/drivers/docker.ts';
import type { TaskDriver } from './ecs/drivers/driver.ts';
import { processDriver } from './ecs/drivers/process.ts';
import { createEcs, type Ecs } from './ecs/index.ts';
import { createElb, type Elb } from './elb/index.ts';
import type { EcsWorld } from './ecs/world.ts';
import { Faults } from './faults/index.ts';
import { createIam } from './iam/index.ts';
import { createLogs } from './logs/index.ts';
import { imageSource } from './registry/images.ts';
import { registryHandler } from './registry/index.ts';
import { ImageStore } from './registry/store.ts';
import { RegistryTokens } from './registry/tokens.ts';
import { Roles } from './roles/index.ts';
import { secretSources } from './secret-sources.ts';
import { createSecretsManager } from './secrets/index.ts';
import { listen } from './server.ts';
import { Snapshot } from './snapshot/index.ts';
import { createSystemsManager } from './ssm/index.ts';
import { createSts, type TrustedIssuer } from './sts/index.ts';
import { publishUtilization } from './utilization/index.ts';
import { wireHandler } from './wire/server.ts';
import type { Service } from './wire/service.ts';

export { adminCredentials, scaledClock };
export type { CallRecord, Clock, EcsWorld, TrustedIssuer };

/** The account that all resources are in. */
export const accountId = '000000000000';

export interface CloudOptions {
  /** What outlives a restart: `cloud.json`, the images, the unpacked tasks. */
  readonly stateDirectory: string;
  /** The port of the AWS API on 127.0.0.1; any free one where it is left out. */
  readonly port?: number;
  readonly registryPort?: number;
  /** Schedules go through it; see {@link Clock}. */
  readonly clock?: Clock;
  /** OpenID Connect providers of the account. More can be added by `cloud.trust`. */
  readonly issuers?: readonly TrustedIssuer[];
  /** What runs tasks. `auto`, the default: Docker where an engine answers, processes of this machine otherwise. */
  readonly driver?: 'auto' | 'process' | 'docker';
  readonly log?: (message: string) => void;
}

export interface Cloud {
  /** For `AWS_ENDPOINT_URL`: all services answer here. The control plane is under `/_rehearsal/`. */
  readonly url: string;
  /** `127.0.0.1:4482`, as image references begin. */
  readonly registryHost: string;
  readonly accountId: string;
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly roles: Roles;
  readonly ecs: Ecs;
  readonly elb: Elb;
  readonly cloudWatch: CloudWatch;
  /** What ECS sees of the other services: to look at, and to write as a task would. */
  readonly world: EcsWorld;
  readonly driver: TaskDriver['name'];
  /** Lets a provider's tokens be exchanged for sessions of the roles that trust it. */
  trust(issuer: TrustedIssuer): void;
  /** Ends all tasks, writes the state, closes the ports. */
  stop(): Promise<void>;
}

/** Brings up the local AWS in this process. @throws where a port is taken */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { stateDirectory, clock = scaledClock(), log = () => undefined } = options;
  mkdirSync(stateDirectory, { recursive: true });
  const now = (): number => clock.now().getTime();
  const changed = (): void => snapshot.touch();

  const calls = new CallLog();
  const faults = new Faults();
  const roles = new Roles();
  // Sessions and tokens expire in real time: clients refresh them by the machine's clock.
  const credentials = new Credentials(accountId, () => new Date());
  const tokens = new RegistryTokens(Date.now);
  const secrets = createSecretsManager(roles, now);
  const ssm = createSystemsManager(roles, now);
  const cloudWatch = createCloudWatch({ clock, changed, log });
  const elb = createElb({
    clock,
    metrics: cloudWatch.sink,
    certificates: (arn) => acm.store.find(arn),
    changed,
    log,
  });
  const acm = createCertificateManager({
    now: Date.now,
    usedBy: (arn) => elb.certificateUsers(arn),
    replaced: (arn) => elb.certificateReplaced(arn),
  });
  const logs = createLogs(now, cloudWatch.sink);
  const images = new ImageStore(path.join(stateDirectory, 'registry'), changed);
  const issuers = [...(options.issuers ?? [])];
  const world: EcsWorld = {
    images: imageSource(images),
    logs: logs.store,
    secrets: secretSources(secrets.source, ssm.source),
    roles,
    loadBalancing: elb.loadBalancing,
    alarms: cloudWatch.alarms,
  };
  const stopping = new AbortController();
  let registryHost = '';

  const runtime = { images: world.images, directory: path.join(stateDirectory, 'tasks') };
  const driver = await chooseDriver(
    options.driver ?? 'auto',
    () => processDriver(runtime),
    () => dockerDriver(runtime),
  );
  const ecs = createEcs({ world, clock, driver, changed, log });
  const autoScaling = createAutoScaling({
    services: ecs.scaling,
    alarms: cloudWatch.policyAlarms,
    now,
    changed,
  });

  const services: readonly Service[] = [
    ecs,
    autoScaling,
    createSts({ roles, credentials, issuers: () => issuers }),
    createIam(roles),
    secrets,
    ssm,
    logs,
    cloudWatch,
    acm,
    elb,
    createEcr({ store: images, tokens, registryHost: () => registryHost, now }),
  ];
  const snapshot = new Snapshot(
    path.join(stateDirectory, 'cloud.json'),
    {
      roles,
      credentials,
      secrets: secrets.store,
      ssm: ssm.store,
      logs: logs.store,
      images,
      tokens,
      cloudWatch,
      acm: acm.store,
      elb,
      ecs,
      autoScaling: autoScaling.store,
    },
    log,
  );
  if (snapshot.load()) images.sweep();
  calls.listen((phase, { operation }) => {
    if (phase === 'after' && !/^(?:Get|List|Describe|Filter|BatchGet|BatchCheck)/.test(operation)) changed();
  });

  const registry = await listen(
    registryHandler({ store: images, tokens, now }),
    options.registryPort ?? 0,
    "cloud's registry",
    log,
  );
  registryHost = `127.0.0.1:${registry.port}`;

  const control = controlHandler({
    services,
    faults,
    calls,
    roles,
    metrics: cloudWatch.faults,
    loadBalancers: elb.faults,
    about: () => ({ accountId, registry: registryHost, timeScale: clock.scale, driver: driver.name }),
    changed,
  });
  const wire = wireHandler({
    services,
    credentials,
    clocks: () => {
      const times = [Date.now(), now()];
      return { earliest: new Date(Math.min(...times)), latest: new Date(Math.max(...times)) };
    },
    authorize: (roleName, sessionArn, action) => roles.authorize(roleName, sessionArn, action),
    faults,
    calls,
    accountId,
    log,
    stopping: stopping.signal,
  });
  const api = await listen(
    (request, response) => {
      // AWS's time, for those who ask for "the last five minutes": not the machine's, where a minute takes a second.
      response.setHeader('date', clock.now().toUTCString());
      return request.url?.startsWith(controlPrefix) === true
        ? control(request, response)
        : wire(request, response);
    },
    options.port ?? 0,
    "cloud's API",
    log,
  ).catch(async (error: unknown) => {
    await registry.close();
    throw error;
  });

  cloudWatch.start();
  const stopMeasuring = publishUtilization({
    tasks: () => ecs.running(),
    metrics: cloudWatch.sink,
    clock,
    log,
  });
  await elb.start();
  await ecs.start();

  return {
    url: `http://127.0.0.1:${api.port}`,
    registryHost,
    accountId,
    faults,
    calls,
    roles,
    ecs,
    elb,
    cloudWatch,
    world,
    driver: driver.name,
    trust: (issuer) => issuers.push(issuer),
    stop: async () => {
      stopping.abort(new Error('The cloud is stopping.'));
      await api.close();
      cloudWatch.stop();
      stopMeasuring();
      await ecs.stop();
      await elb.stop();
      await registry.close();
      snapshot.close();
    },
  };
}

async function chooseDriver(
  wanted: 'auto' | 'process' | 'docker',
  processes: () => TaskDriver,
  dockers: () => TaskDriver,
): Promise<TaskDriver> {
  switch (wanted) {
    case 'process':
      return processes();
    case 'docker':
      if (!(await dockerAnswers())) {
        throw new Error(
          'No Docker engine answers (`docker version` fails). Start one, or leave --driver docker out.',
        );
      }
      return dockers();
    case 'auto':
      return (await dockerAnswers()) ? driverByImage(dockers(), processes()) : processes();
  }
}
