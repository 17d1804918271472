import { grantsFor, type Deploying as WayOfDeploying } from '../../src/aws/permissions.ts';
import { migrating, type Migrating } from '../deploying/migrating.ts';
import { shifting } from '../deploying/shifting.ts';

describe('migrating the database before a release comes', () => {
  let bench: Migrating;
  let here: Migrating['here'];
  beforeEach(async () => {
    bench = await migrating();
    here = bench.here;
  });
  afterEach(() => bench.end());

  it('given a good migration, then it runs once in the new release, and the service moves after it', async () => {
    const writes = bench.writes();
    const first = await bench.deploy('good', '1.0.0', 0);
    expect([first.exitCode, first.outputs.state]).toEqual([0, 'deployed']);
    expect(first.summary).toContain('Migration of the database');
    expect(first.summary).toContain('relation "order" is altered');
    expect(writes).toEqual(['RegisterTaskDefinition', 'RunTask', 'CreateService']);
    expect((await bench.deploy('good', '1.1.0', 0)).exitCode).toBe(0);
    expect(bench.runs()).toEqual(['1.0.0', '1.1.0']);
    expect(await bench.serves()).toBe('1.1.0');
  });

  it('given it is deployed already, when it is deployed again, then nothing is migrated', async () => {
    await bench.deploy('good', '1.0.0', 0);
    const again = await bench.deploy('good', '1.0.0', 0);
    expect(again.outputs.state).toBe('deployed');
    expect(bench.runs()).toEqual(['1.0.0']);
    expect(again.summary).not.toContain('Migration of the database');
  });

  it('given a migration that fails, then the old version serves, and its log and exit code are in the summary', async () => {
    await bench.deploy('good', '1.0.0', 0);
    const writes = bench.writes();
    const { exitCode, outputs, summary, log } = await bench.deploy('good', '1.1.0', 7);
    expect([exitCode, outputs.state]).toEqual([1, 'failed']);
    expect(writes).toEqual(['RegisterTaskDefinition', 'RunTask']);
    expect(summary).toContain('Nothing was moved: what served before serves.');
    expect(summary).toMatch(/❌ \| `[0-9a-f]+` \| 7 \|/);
    expect(summary).toContain('adding a column\nrelation "order" is missing');
    expect(log).toContain('The migration failed: it ended with exit code 7');
    expect(await bench.serves()).toBe('1.0.0');
    expect(await here.state()).toMatchObject({
      deployments: ['SUCCESSFUL'],
      taskDefinition: 'shop-development:1',
    });

    const mended = await bench.deploy('good', '1.1.0', 0);
    expect(mended.outputs.state).toBe('deployed');
    expect(bench.runs()).toEqual(['1.0.0', '1.1.0', '1.1.0']);
    expect(await here.state()).toMatchObject({ taskDefinitions: 2, taskDefinition: 'shop-development:2' });
  });

  it('given the job is killed while it migrates, when it runs again, then it follows that migration', async () => {
    bench.hold();
    let kill: (signal: NodeJS.Signals) => void = () => undefined;
    const killed = bench.deploy('good', '1.0.0', 0, { onStart: (killIt) => (kill = killIt) });
    await bench.started(1);
    kill('SIGKILL');
    await killed;
    const again = bench.deploy('good', '1.0.0', 0);
    bench.letGo();
    expect((await again).outputs.state).toBe('deployed');
    expect((await again).summary).toContain('(started by a run before this one)');
    expect(bench.runs()).toEqual(['1.0.0']);
  });

  it('given the job is cancelled while it migrates, then the migration is stopped, and nothing was moved', async () => {
    await bench.deploy('good', '1.0.0', 0);
    bench.hold();
    const { outputs, log } = await bench.deploy('good', '1.1.0', 0, {
      onStart: (kill) => void bench.started(2).then(() => kill('SIGINT')),
    });
    expect(outputs.state).toBe('cancelled');
    expect(log).toContain('the migration was told to stop, and the service was not touched');
    const tasks = await bench.tasks();
    expect(tasks.map(({ desiredStatus }) => desiredStatus)).toEqual(['STOPPED', 'STOPPED']);
    expect(await bench.serves()).toBe('1.0.0');
  });

  it('given a migration that takes too long, then it is stopped, and the old version serves', async () => {
    await bench.deploy('good', '1.0.0', 0);
    bench.hold();
    const { outputs, summary, log } = await bench.deploy('good', '1.1.0', 0, { timeout: '2s' });
    expect(outputs.state).toBe('failed');
    expect(log).toContain('it was not done after 2 s, and was stopped');
    expect(summary).toContain('adding a column');
    expect(await bench.serves()).toBe('1.0.0');
  });

  it('given the answer to RunTask is lost, then the migration runs once', async () => {
    here.trial.cloud.faults.add({
      service: 'ecs',
      operation: 'RunTask',
      effect: { kind: 'lose-answer' },
      times: 1,
    });
    expect((await bench.deploy('good', '1.0.0', 0)).outputs.state).toBe('deployed');
    expect(bench.runs()).toEqual(['1.0.0']);
  });

  it('given the role may not run tasks, then nothing is moved, and the permission is named', async () => {
    here.trial.cloud.faults.add({
      service: 'ecs',
      operation: 'RunTask',
      effect: {
        kind: 'fail',
        error: 'AccessDeniedException',
        statusCode: 400,
        message:
          'User: arn:aws:sts::000000000000:assumed-role/deploy/sluice is not authorized to perform: ecs:RunTask on resource: shop',
      },
    });
    const { outputs, log } = await bench.deploy('good', '1.0.0', 0);
    expect(outputs.state).toBe('failed');
    expect(log).toContain('The database cannot be migrated, and the service was not touched');
    expect(log).toContain('Allow the role ecs:RunTask');
    expect((await here.state()).deployments).toEqual([]);
  });

  it('calls what the role may do for it: nothing less, nothing more', async () => {
    const called = new Set<string>();
    here.trial.cloud.calls.listen((_phase, { service, operation, userAgent }) => {
      if (userAgent.includes('sluice/1'))
        called.add(`${service === 'elbv2' ? 'elasticloadbalancing' : service}:${operation}`);
    });
    await bench.deploy('good', '1.0.0', 0);
    bench.hold();
    await bench.deploy('good', '1.1.0', 0, { timeout: '1s' });
    const granted = (way: WayOfDeploying): string[] => grantsFor(way).flatMap(({ actions }) => actions);
    const others = new Set([...granted('rolling'), 'sts:GetCallerIdentity']);
    expect([...called].filter((action) => !others.has(action)).sort()).toEqual(
      [...granted('balanced'), ...granted('migrating')].sort(),
    );
  });
});

describe('migrating the database where traffic is shifted', () => {
  it('given a migration that fails, then no green comes up, and blue keeps all traffic', async () => {
    const migrateTo = (exitCode: number): Record<string, unknown> => ({
      variables: { DATABASE_URL: 'postgres://127.0.0.1/shop' },
      database: {
        engine: 'postgres',
        migrate: {
          command: [
            'node',
            '-e',
            `console.log('version', process.env.SLUICE_VERSION); process.exit(process.env.SLUICE_VERSION === '1.1.0' ? ${exitCode} : 0)`,
          ],
        },
      },
    });
    const here = await shifting({
      deploy: {
        strategy: 'blue-green',
        bake: '1m',
        gates: { beforeTraffic: ['health'] },
        gateTimeout: '60m',
      },
      keys: migrateTo(9),
    });
    try {
      const first = await here.release('good', '1.0.0');
      expect(first.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
      const stopUsers = here.users();
      const before = await here.weights();
      const { exitCode, outputs, summary } = await here.step('deploy', 'good', '1.1.0');
      expect([exitCode, outputs.state]).toEqual([1, 'failed']);
      expect(summary).toContain('version 1.1.0');
      expect(await here.weights()).toEqual(before);
      expect((await here.state()).deployments).toEqual(['SUCCESSFUL']);
      expect((await stopUsers()).failed).toBe(0);
      expect(await here.answers()).toBe('1.0.0');
    } finally {
      await here.end();
    }
  }, 120_000);
});
