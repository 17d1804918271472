import path from 'node:path';
import { parseArgs } from 'node:util';
import { scaledClock } from './clock.ts';
import { accountId, adminCredentials, startCloud } from './index.ts';

const usage = `node rehearsal/cloud/main.ts -- the local AWS alone, for other people's clients

  --port PORT            of the AWS API            (4481)
  --registry-port PORT   of the image registry     (4482)
  --state DIR            what outlives a restart   (.sluice-rehearsal/cloud-alone)
  --driver NAME          what runs tasks: auto, process or docker   (auto)
  --time-scale N         waits pass N times as fast                 (1)
  --help`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4481' },
    'registry-port': { type: 'string', default: '4482' },
    state: { type: 'string', default: path.join('.sluice-rehearsal', 'cloud-alone') },
    driver: { type: 'string', default: 'auto' },
    'time-scale': { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  await run();
}

async function run(): Promise<void> {
  const { driver } = values;
  if (driver !== 'auto' && driver !== 'process' && driver !== 'docker') {
    throw new Error(`--driver takes auto, process or docker, and is "${driver}".`);
  }
  const cloud = await startCloud({
    stateDirectory: path.resolve(values.state),
    port: Number(values.port),
    registryPort: Number(values['registry-port']),
    clock: scaledClock(Number(values['time-scale'])),
    driver,
    log: (message) => console.error(message),
  });
  console.log(`The local AWS answers at ${cloud.url} (account ${accountId}, tasks run as ${cloud.driver}).

export AWS_ENDPOINT_URL=${cloud.url}
export AWS_ACCESS_KEY_ID=${adminCredentials.accessKeyId}
export AWS_SECRET_ACCESS_KEY=${adminCredentials.secretAccessKey}
export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1

Images go to ${cloud.registryHost}; ${cloud.url}/_rehearsal/ lists what there is. Ctrl-C stops it.`);
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      void cloud.stop();
    });
  }
}
