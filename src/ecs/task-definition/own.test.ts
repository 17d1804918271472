import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from '../../github/index.ts';
import { environmentOf } from '../environment.fixture.ts';
import { readOwnTaskDefinition } from './own.ts';

async function refusalOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error: unknown) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('reading the user’s own task definition', () => {
  const environment = environmentOf({ taskDefinition: 'task.json' });
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sluice-own-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const read = async (content: string) => {
    await writeFile(path.join(folder, 'task.json'), content);
    return readOwnTaskDefinition(environment, folder);
  };

  it('reads nothing where sluice.yml names none', async () => {
    expect(await readOwnTaskDefinition(environmentOf(), folder)).toBeUndefined();
  });

  it('takes what DescribeTaskDefinition answers as well as what RegisterTaskDefinition takes', async () => {
    const definition = { family: 'shop', containerDefinitions: [{ name: 'web', image: 'x' }] };
    expect(await read(JSON.stringify(definition))).toEqual(definition);
    expect(await read(JSON.stringify({ taskDefinition: definition, tags: [] }))).toEqual(definition);
  });

  it.each([
    ['{', /JSON/],
    ['[]', /no JSON object/],
    ['{}', /no containerDefinitions/],
    ['{"containerDefinitions": []}', /no containerDefinitions/],
    ['{"containerDefinitions": [{"name": "a"}, {"name": "b"}]}', /\(a, b\) is called "shop"/],
    ['{"containerDefinitions": [1, 2]}', /\(\(no name\), \(no name\)\)/],
  ])('refuses %s, and says where and why', async (content, why) => {
    const refusal = await refusalOf(read(content));
    expect(refusal.message).toBe('The task definition cannot be used');
    expect(refusal.where).toBe('task.json');
    expect(refusal.why).toMatch(why);
  });

  it('says where a file is no JSON, and quotes nothing of it', async () => {
    const refusal = await refusalOf(read('{"environment": [{"value": "' + 'hunter2\n"}]}'));
    expect(refusal.why).toBe('it is no JSON (line 1 column 36)');
    expect((await refusalOf(read('{"password": hunter2}'))).why).toBe('it is no JSON');
  });

  it('refuses a file that is not there', async () => {
    const refusal = await refusalOf(readOwnTaskDefinition(environment, folder));
    expect(refusal.why).toContain('ENOENT');
  });
});
