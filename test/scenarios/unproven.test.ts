import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withGitHub } from '../../src/github/github.fake.ts';
import {
  deploying,
  type Deploying,
  type DeployOptions,
  type Ended,
  type Kind,
} from '../deploying/deploying.ts';
import { Records } from '../promoting/records.ts';

// ECS reports success, and what answers is not the release: who is blamed for it, and who is not.

describe('a success of ECS that is not proven', () => {
  let here: Deploying;
  let elsewhere: Server;
  beforeAll(async () => {
    here = await deploying();
    elsewhere = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    elsewhere.close();
    elsewhere.closeAllConnections();
    await here.end();
  });

  /** Deploys once, and says how it ended in the job and in GitHub's record. */
  const deploy = async (
    kind: Kind,
    version: string,
    how: DeployOptions = {},
  ): Promise<Ended & { readonly records: readonly string[] }> => {
    const records = new Records();
    let ended: Ended | undefined;
    await withGitHub(records.answer, async ({ apiUrl }) => {
      ended = await here.deploy(kind, version, { ...how, apiUrl });
    });
    if (ended === undefined) throw new Error('The action was not run.');
    return { ...ended, records: records.statesOf(version).map((state) => state.split(':')[0] ?? '') };
  };
  const expectUnproven = async (ended: Ended): Promise<void> => {
    expect([ended.exitCode, ended.outputs.state, ended.log]).toEqual([1, 'unproven', ended.log]);
    expect(ended.summary).toContain('ECS reports success, and it is not proven');
    expect((await here.state()).deployments[0]).toBe('SUCCESSFUL');
  };

  it('given an address that leads elsewhere, then the job is red, and the release is not blamed', async () => {
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const ended = await deploy('good', '1.0.0', { keys: { url } });
    await expectUnproven(ended);
    expect(ended.summary).toContain('HTTP 404');
    expect(ended.summary).toContain('nothing that was seen is its own fault');
    expect(ended.records).toEqual(['error']);
    expect(await here.answers()).toBe('1.0.0');
  });

  it('given the address is mended, then the same digest is proven by running the job again', async () => {
    const ended = await deploy('good', '1.0.0');
    expect([ended.outputs.state, ended.log]).toEqual(['deployed', ended.log]);
    expect(ended.records).toEqual(['success']);
  });

  it('given another version answers, then the release is not blamed', async () => {
    const ended = await deploy('wrong-version', '1.1.0');
    await expectUnproven(ended);
    expect(ended.summary).toContain('0.0.0 ×');
    expect(ended.records).toEqual(['error']);
  });

  it('given the release itself answers with 5xx, then it is kept out from now on', async () => {
    const ended = await deploy('erring', '1.2.0');
    await expectUnproven(ended);
    expect(ended.summary).toContain('HTTP 500');
    expect(ended.summary).toContain('Its digest is refused from now on');
    expect(ended.records).toEqual(['failure']);
  });
});
