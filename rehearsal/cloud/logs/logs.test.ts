import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { trial, type Trial } from '../trial.ts';
import { filterPattern } from './filter-pattern.ts';

const started = Date.now();
let here: Trial;
let client: CloudWatchLogsClient;
beforeAll(async () => {
  here = await trial();
  client = new CloudWatchLogsClient(here.client);
});
afterAll(() => here.end());

async function stream(
  logGroupName: string,
  logStreamName: string,
  messages: readonly string[],
): Promise<void> {
  if (!here.cloud.world.logs.hasGroup(logGroupName)) {
    await client.send(new CreateLogGroupCommand({ logGroupName }));
  }
  await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  if (messages.length === 0) return;
  const start = Date.now() - messages.length;
  const logEvents = messages.map((message, index) => ({ timestamp: start + index, message }));
  await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

describe('groups and streams', () => {
  test('a group with its retention and tags', async () => {
    await client.send(new CreateLogGroupCommand({ logGroupName: '/app/one', tags: { team: 'a' } }));
    await expect(client.send(new CreateLogGroupCommand({ logGroupName: '/app/one' }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    await client.send(new PutRetentionPolicyCommand({ logGroupName: '/app/one', retentionInDays: 14 }));
    await expect(
      client.send(new PutRetentionPolicyCommand({ logGroupName: '/app/one', retentionInDays: 15 })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });

    const groupOf = async () => {
      const found = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app/one' }));
      return found.logGroups![0]!;
    };
    const group = await groupOf();
    expect(group).toMatchObject({
      logGroupName: '/app/one',
      retentionInDays: 14,
      arn: 'arn:aws:logs:eu-west-1:000000000000:log-group:/app/one:*',
    });
    const resourceArn = group.logGroupArn;
    await client.send(new TagResourceCommand({ resourceArn, tags: { owner: 'b' } }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team'] }));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual({ owner: 'b' });

    await client.send(new DeleteRetentionPolicyCommand({ logGroupName: '/app/one' }));
    expect((await groupOf()).retentionInDays).toBeUndefined();
    await client.send(new DeleteLogGroupCommand({ logGroupName: '/app/one' }));
    await expect(client.send(new DeleteLogGroupCommand({ logGroupName: '/app/one' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    });
  });

  test('streams by name, by their last event, and in pages', async () => {
    await stream('/streams', 'b', ['first']);
    await stream('/streams', 'a', ['later']);
    await stream('/streams', 'c', ['last']);
    const named = async (input: object): Promise<(string | undefined)[]> =>
      (
        await client.send(new DescribeLogStreamsCommand({ logGroupName: '/streams', ...input }))
      ).logStreams!.map(({ logStreamName }) => logStreamName);
    expect(await named({})).toEqual(['a', 'b', 'c']);
    expect(await named({ orderBy: 'LastEventTime', descending: true, limit: 1 })).toHaveLength(1);
    const page = await client.send(new DescribeLogStreamsCommand({ logGroupName: '/streams', limit: 2 }));
    expect(await named({ limit: 2, nextToken: page.nextToken })).toEqual(['c']);
    await client.send(new DeleteLogStreamCommand({ logGroupName: '/streams', logStreamName: 'b' }));
    expect(await named({})).toEqual(['a', 'c']);
  });
});

describe('reading a stream', () => {
  const lines = Array.from({ length: 10 }, (_, index) => `line ${index}`);
  const read = async (input: object) => {
    const answer = await client.send(
      new GetLogEventsCommand({ logGroupName: '/read', logStreamName: 's', ...input }),
    );
    return { ...answer, lines: answer.events!.map(({ message }) => message) };
  };
  beforeAll(() => stream('/read', 's', lines));

  test('forward from the head, to the end and on with what comes later', async () => {
    const first = await read({ startFromHead: true, limit: 6 });
    const second = await read({ startFromHead: true, limit: 6, nextToken: first.nextForwardToken });
    expect([...first.lines, ...second.lines]).toEqual(lines);
    const end = await read({ startFromHead: true, nextToken: second.nextForwardToken });
    expect(end.lines).toEqual([]);
    expect(end.nextForwardToken).toBe(second.nextForwardToken);

    here.cloud.world.logs.write('/read', 's', { timestamp: Date.now(), message: 'line 10' });
    const more = await read({ startFromHead: true, nextToken: end.nextForwardToken });
    expect(more.lines).toEqual(['line 10']);
  });

  test.each([
    [0, 'greater than or equal to 1'],
    [10_001, 'less than or equal to 10000'],
  ])('refuses a limit of %i', async (limit, bound) => {
    await expect(read({ limit })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
    });
  });

  test('backward from the tail, page by page', async () => {
    const tail = await read({ limit: 3 });
    expect(tail.lines.slice(-1)).toEqual(['line 10']);
    const before = await read({ limit: 3, nextToken: tail.nextBackwardToken });
    expect(before.lines).toEqual(['line 5', 'line 6', 'line 7']);
  });

  test('within a time, and with a token that was never given', async () => {
    const { events } = await read({ startFromHead: true });
    const from = events![2]!.timestamp!;
    const to = events![5]!.timestamp!;
    expect((await read({ startTime: from, endTime: to })).lines).toEqual(lines.slice(2, 5));
    await expect(read({ nextToken: 'nonsense' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'The specified nextToken is invalid.',
    });
  });
});

describe('writing', () => {
  beforeAll(() => stream('/write', 's', []));
  const put = (logEvents: { timestamp: number; message: string }[]) =>
    client.send(new PutLogEventsCommand({ logGroupName: '/write', logStreamName: 's', logEvents }));

  test('events too old and too new are rejected, the others kept', async () => {
    const now = Date.now();
    const day = 86_400_000;
    const { rejectedLogEventsInfo } = await put([
      { timestamp: now - 20 * day, message: 'too old' },
      { timestamp: now, message: 'right' },
      { timestamp: now + day, message: 'too new' },
    ]);
    expect(rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 });
    const { events } = await client.send(
      new GetLogEventsCommand({ logGroupName: '/write', logStreamName: 's' }),
    );
    expect(events!.map(({ message }) => message)).toEqual(['right']);
  });

  test.each([
    ['out of order', [started, started - 1].map((timestamp) => ({ timestamp, message: 'x' }))],
    ['nothing', []],
    ['more than a megabyte', [{ timestamp: started, message: 'x'.repeat(1_048_576) }]],
  ])('%s is refused', async (_what, events) => {
    await expect(put(events)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('searching', () => {
  test('over the streams of a group, in the order of time, in pages', async () => {
    await stream('/search', 'web/1', ['GET /health 200', 'ERROR database gone']);
    await stream('/search', 'web/2', ['ERROR out of memory', 'GET /chat 500']);
    const found = async (input: object) =>
      (await client.send(new FilterLogEventsCommand({ logGroupName: '/search', ...input }))).events!;
    expect((await found({ filterPattern: 'ERROR' })).map(({ message }) => message)).toEqual(
      expect.arrayContaining(['ERROR database gone', 'ERROR out of memory']),
    );
    expect(await found({ filterPattern: 'ERROR -memory' })).toMatchObject([
      { logStreamName: 'web/1', message: 'ERROR database gone' },
    ]);
    expect(await found({ logStreamNamePrefix: 'web/2' })).toHaveLength(2);
    const first = await client.send(new FilterLogEventsCommand({ logGroupName: '/search', limit: 3 }));
    expect(await found({ nextToken: first.nextToken })).toHaveLength(4 - first.events!.length);
  });

  test.each([
    ['a b', 'b and a', true],
    ['a b', 'only a', false],
    ['"out of"', 'out of memory', true],
    ['"out of"', 'of out', false],
    ['?ERROR ?WARN', 'WARN disk', true],
    ['?ERROR ?WARN', 'INFO disk', false],
    ['ERROR -health', 'ERROR health', false],
    ['', 'anything', true],
  ])('%s on "%s" is %s', (pattern, message, expected) => {
    expect(filterPattern(pattern)(message)).toBe(expected);
  });

  test('a pattern that is not read is refused, not taken for text', () => {
    expect(() => filterPattern('{ $.level = "error" }')).toThrow('not of JSON');
  });
});
