import path from 'node:path';
import { parseArgs } from 'node:util';
import { accountId, adminCredentials, scaledClock, startCloud, type CloudOptions } from './index.ts';

const usage = `node rehearsal/cloud/main.ts [options]

Runs the local AWS alone, for other people's clients.

  --port PORT            of the AWS API                             (4481)
  --registry-port PORT   of the image registry                      (4482)
  --state DIR            what outlives a restart                    (.sluice-rehearsal/cloud-alone)
  --driver NAME          what runs tasks: auto, process or docker   (auto)
  --time-scale N         waits pass N times as fast                 (1)
  --help`;

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage);
  else await run(options);
} catch (error: unknown) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** @throws with the mistake, in words for the terminal */
function readOptions(args: readonly string[]): CloudOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '4481' },
      'registry-port': { type: 'string', default: '4482' },
      state: { type: 'string', default: path.join('.sluice-rehearsal', 'cloud-alone') },
      driver: { type: 'string', default: 'auto' },
      'time-scale': { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { driver } = values;
  if (driver !== 'auto' && driver !== 'process' && driver !== 'docker') {
    throw new Error(`--driver takes auto, process or docker, and is "${driver}".`);
  }
  return {
    stateDirectory: path.resolve(values.state),
    port: portOf('--port', values.port),
    registryPort: portOf('--registry-port', values['registry-port']),
    clock: scaledClock(Number(values['time-scale'])),
    driver,
    log: (message) => console.error(message),
  };
}

function portOf(option: string, value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`${option} takes a number from 0 (any free port) to 65535, and is "${value}".`);
}

async function run(options: CloudOptions): Promise<void> {
  const cloud = await startCloud(options);
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
      console.log('Stopping: tasks end first.');
      void cloud.stop();
    });
  }
}
