import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { sql, type Kysely } from 'kysely';
import type { Config } from '../config.ts';
import { availableEngines } from '../testing/engines.ts';
import { Conversations, type Exchange } from './conversations.ts';
import { isAnswering, openDatabase, type Database } from './index.ts';

const sources = [
  { title: 'A page', publisher: 'Somebody', url: 'https://example.org/', checked: '2026-11-24' },
] as const;

describe.each(await availableEngines())('conversations on %s', (_name, engine) => {
  let config: Config['database'];
  let db: Kysely<Database>;
  let conversations: Conversations;
  let milliseconds: number;

  const exchange = (part: Partial<Exchange> = {}): Exchange => ({
    conversationId: randomUUID(),
    sessionId: randomUUID(),
    first: true,
    question: 'Who can apply?',
    answer: 'Nigerians above 18.',
    known: true,
    sources,
    ...part,
  });

  beforeAll(() => engine.start(), 60_000);
  afterAll(() => engine.stop());
  beforeEach(async () => {
    config = await engine.database();
    db = await openDatabase(config);
    milliseconds = Date.UTC(2026, 10, 24);
    conversations = new Conversations(db, () => new Date((milliseconds += 1)));
  });
  afterEach(() => db.destroy());

  it('keeps a conversation with all that was said, in its order', async () => {
    const first = exchange();
    const id = await conversations.add(first);
    await conversations.add({
      ...first,
      first: false,
      question: 'And then?',
      answer: 'No idea.',
      known: false,
      sources: [],
    });
    const messages = await conversations.messages(first.conversationId);
    expect(messages).toMatchObject([
      { id, role: 'visitor', text: 'Who can apply?', saidAt: '2026-11-24T00:00:00.001Z' },
      { id, role: 'assistant', text: 'Nigerians above 18.', known: true, sources },
      { role: 'visitor', text: 'And then?' },
      { role: 'assistant', text: 'No idea.', known: false, sources: [] },
    ]);
    expect(messages[1]).not.toHaveProperty('helpful');
  });

  it('keeps what other people write, whatever it is', async () => {
    const question = `'; drop table exchange; -- "quoted" \\ %_ 你好 🇳🇬 ${'x'.repeat(900)}`;
    const said = exchange({ question });
    await conversations.add(said);
    expect((await conversations.messages(said.conversationId))[0]?.text).toBe(question);
    const [listed] = await conversations.list(said.sessionId);
    expect(listed?.title).toHaveLength(100);
    expect(listed?.title.endsWith('…')).toBe(true);
  });

  it('lists a session’s own conversations, the latest first', async () => {
    const sessionId = randomUUID();
    const older = exchange({ sessionId, question: 'The older' });
    const newer = exchange({ sessionId, question: 'The newer' });
    for (const one of [older, newer, exchange()]) await conversations.add(one);
    expect((await conversations.list(sessionId)).map(({ title }) => title)).toEqual([
      'The newer',
      'The older',
    ]);
    expect(await conversations.belongsTo(older.conversationId, sessionId)).toBe(true);
    expect(await conversations.belongsTo(older.conversationId, randomUUID())).toBe(false);
  });

  it('takes feedback of the session that asked, and its last word', async () => {
    const said = exchange();
    const id = await conversations.add(said);
    expect(await conversations.giveFeedback(id, randomUUID(), true)).toBe(false);
    expect(await conversations.giveFeedback(randomUUID(), said.sessionId, true)).toBe(false);
    expect(await conversations.giveFeedback(id, said.sessionId, true)).toBe(true);
    expect(await conversations.giveFeedback(id, said.sessionId, false)).toBe(true);
    expect((await conversations.messages(said.conversationId))[1]).toMatchObject({ helpful: false });
  });

  it('forgets a conversation with all that was said in it', async () => {
    const said = exchange();
    await conversations.add(said);
    await conversations.remove(said.conversationId);
    expect(await conversations.messages(said.conversationId)).toEqual([]);
    expect(await conversations.list(said.sessionId)).toEqual([]);
  });

  it('stores what comes at once, and fails only what cannot be stored', async () => {
    const good = Array.from({ length: 150 }, () => exchange());
    const homeless = exchange({ first: false });
    const outcomes = await Promise.allSettled([...good, homeless].map((one) => conversations.add(one)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(150);
    expect(outcomes.at(-1)?.status).toBe('rejected');
    for (const { sessionId } of good) expect(await conversations.list(sessionId)).toHaveLength(1);
  });

  it('is there again after it was closed', async () => {
    const said = exchange();
    await conversations.add(said);
    await db.destroy();
    db = await openDatabase(config);
    expect(await new Conversations(db).messages(said.conversationId)).toHaveLength(2);
  });

  it('brings the tables up to date once, however many processes start at the same time', async () => {
    const fresh = await engine.database();
    const script = path.join(import.meta.dirname, '..', 'testing', 'open-database.ts');
    const environment = { ...process.env, NODE_OPTIONS: '', DATABASE: JSON.stringify(fresh) };
    const run = promisify(execFile);
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => run(process.execPath, [script], { env: environment })));
    const opened = await openDatabase(fresh);
    const { rows } = await sql`select name from kysely_migration`.execute(opened);
    expect(rows).toHaveLength(1);
    await opened.destroy();
  }, 30_000);

  it('tells whether it answers', async () => {
    expect(await isAnswering(db)).toBe(true);
    const closed = await openDatabase(await engine.database());
    await closed.destroy();
    expect(await isAnswering(closed)).toBe(false);
  });
});

describe('a database that cannot be opened', () => {
  it.each<[Config['database'], RegExp]>([
    [
      { kind: 'sqlite', file: '/no/such/folder/chatbot.sqlite' },
      /SQLite, \/no\/such\/folder\/chatbot\.sqlite/,
    ],
    [
      { kind: 'postgres', url: 'postgres://user:canary@127.0.0.1:1/none', connections: 1 },
      /PostgreSQL at 127\.0\.0\.1:1\)/,
    ],
  ])('is named, without its password: %j', async (config, message) => {
    const error: unknown = await openDatabase(config).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: expect.stringMatching(message) as string,
      cause: expect.anything() as unknown,
    });
    expect(String(error)).not.toContain('canary');
  });
});
