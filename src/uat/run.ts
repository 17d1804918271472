import type { ChatProfile } from '../config/index.ts';
import { errorMessage } from '../github/index.ts';
import {
  describeFailure,
  openSession,
  send,
  type Answer,
  type ScenarioRun,
  type Session,
  type StepRequest,
} from '../scenarios/index.ts';
import { keepsFeedback, readAnswer, textsIn, type ChatAnswer } from './answer.ts';
import type { Browser, Page } from './browser/index.ts';
import { judge, type Observed } from './judge.ts';
import { lookAt, picture, type Looked } from './look.ts';
import { opensPages, type Act, type Exchange, type UatScenario } from './scenario.ts';
import type { CheckRecord, DoneRecord, ExchangeRecord, Outcome, UatResult } from './result.ts';

interface UatRun extends ScenarioRun {
  readonly chat: ChatProfile;
  /** Where there is none, a text that says why: page checks are skipped. */
  readonly browser: Browser | string;
}

/** A language model may take its time; how long is too long, `the answer comes within` says. */
const answerTimeoutMs = 60_000;
const requestTimeoutMs = 10_000;

/** Plays a scenario: exchange after exchange, up to the first in which something does not hold. */
export async function runUat(scenario: UatScenario, run: UatRun): Promise<UatResult> {
  const started = run.now();
  const elapsed = (): number => run.now() - started;
  if (opensPages(scenario) && typeof run.browser === 'string') {
    return {
      scenario,
      outcome: { kind: 'skipped', why: run.browser },
      exchanges: [],
      milliseconds: elapsed(),
    };
  }
  const visit = new Visit(scenario, run);
  const exchanges: ExchangeRecord[] = [];
  let outcome: Outcome = { kind: 'passed' };
  try {
    for (const exchange of scenario.exchanges) {
      const record = await visit.play(exchange);
      exchanges.push(record);
      if (
        record.done.every(({ problem }) => problem === undefined) &&
        record.checks.every(({ failures }) => failures.length === 0)
      )
        continue;
      outcome = { kind: 'failed' };
      break;
    }
  } finally {
    await visit.end();
  }
  return { scenario, outcome, exchanges, milliseconds: elapsed() };
}

/** One visitor's visit: her session, her conversation, her page. */
class Visit {
  readonly #scenario: UatScenario;
  readonly #run: UatRun;
  readonly #session: Session;
  #answer: ChatAnswer | string | undefined;
  #feedbackKept: boolean | undefined;
  #history: readonly string[] | undefined;
  #response: Answer | undefined;
  #page: Page | undefined;

  constructor(scenario: UatScenario, run: UatRun) {
    this.#scenario = scenario;
    this.#run = run;
    this.#session = openSession(run);
  }

  async play(exchange: Exchange): Promise<ExchangeRecord> {
    const done: DoneRecord[] = [];
    const judgesRefusal = exchange.then.some(
      ({ meaning: { kind } }) => kind === 'refused' || kind === 'status',
    );
    for (const [index, { words, line, meaning }] of exchange.when.entries()) {
      const started = this.#run.now();
      const { problem, said } = await this.#attempt(meaning);
      // Where the last thing she does may be refused, it is judged as the sentences say.
      const isLast = index === exchange.when.length - 1;
      const isExpected = judgesRefusal && isLast && said?.kind === 'response' && said.status >= 400;
      done.push({
        words,
        line,
        milliseconds: this.#run.now() - started,
        said,
        problem: isExpected ? undefined : problem,
      });
      if (problem !== undefined && !isExpected) {
        return { done, checks: [], pictures: this.#page === undefined ? [] : await picture(this.#page) };
      }
    }
    const { page, pictures } = await this.#look(exchange);
    const observed = this.#observed(page);
    const checks = exchange.then.map(({ words, line, meaning }): CheckRecord => ({
      words,
      line,
      failures: judge(meaning, observed),
    }));
    return { done, checks, pictures };
  }

  async end(): Promise<void> {
    // The browser is closed after all; a page that is left open until then does no harm.
    await this.#page?.close().catch(() => undefined);
  }

  async #look(exchange: Exchange): Promise<Looked> {
    if (this.#page === undefined) return { page: undefined, pictures: [] };
    const { now, sleep, signal } = this.#run;
    return lookAt(this.#page, exchange, { now, sleep, signal });
  }

  #observed(page: Looked['page']): Observed {
    return {
      answer: this.#answer,
      feedbackKept: this.#feedbackKept,
      history: this.#history,
      response: this.#response,
      page,
      bindings: this.#session.bindings,
    };
  }

  async #attempt(act: Act): Promise<Pick<DoneRecord, 'said' | 'problem'>> {
    try {
      return await this.#do(act);
    } catch (error) {
      this.#run.signal.throwIfAborted();
      const isChat = act.kind === 'ask';
      return {
        said: undefined,
        problem: describeFailure(error, isChat ? answerTimeoutMs : requestTimeoutMs),
      };
    }
  }

  async #do(act: Act): Promise<Pick<DoneRecord, 'said' | 'problem'>> {
    switch (act.kind) {
      case 'ask':
        return this.#ask(act.question);
      case 'start-again':
        delete this.#session.bindings['conversation'];
        return { said: undefined, problem: undefined };
      case 'give-feedback':
        return this.#giveFeedback(act.helpful);
      case 'read-history': {
        const { document, problem } = await this.#readHistory();
        this.#history = document === undefined ? undefined : textsIn(document);
        return { said: responseSaid(this.#response), problem };
      }
      case 'pry': {
        const stranger = openSession(this.#run);
        Object.assign(stranger.bindings, this.#session.bindings);
        return this.#send(this.#request(this.#run.chat.history), stranger);
      }
      case 'request':
        return this.#send(act.request, this.#session);
      case 'open-page': {
        this.#page ??= await this.#browser().open(this.#scenario.visitor);
        const address = new URL(this.#run.url.href.replace(/\/+$/, '') + act.path);
        return pageProblem(() => this.#page?.goto(address));
      }
      case 'ask-on-page':
        return pageProblem(() => this.#page?.type(act.question));
    }
  }

  async #ask(question: string): Promise<Pick<DoneRecord, 'said' | 'problem'>> {
    const { chat } = this.#run;
    const { bindings } = this.#session;
    const conversation = bindings['conversation'];
    const body = {
      [chat.question]: question,
      ...(conversation === undefined ? {} : { [chat.conversation]: conversation }),
    };
    const request = { ...this.#request(chat.ask, body), timeoutMs: answerTimeoutMs };
    this.#answer = undefined;
    this.#response = undefined;
    this.#response = await send(request, this.#session);
    const answer = readAnswer(question, this.#response, chat);
    this.#answer = answer;
    if (typeof answer === 'string') return { said: responseSaid(this.#response), problem: answer };
    if (answer.conversation !== undefined) bindings['conversation'] = answer.conversation;
    if (answer.message !== undefined) bindings['message'] = answer.message;
    return { said: { kind: 'answer', answer }, problem: undefined };
  }

  async #giveFeedback(helpful: boolean): Promise<Pick<DoneRecord, 'said' | 'problem'>> {
    const { chat } = this.#run;
    const sent = await this.#send(this.#request(chat.feedback, { [chat.helpful]: helpful }), this.#session);
    if (sent.problem !== undefined) return sent;
    const response = this.#response;
    const { document } = await this.#readHistory();
    const message = this.#session.bindings['message'];
    this.#feedbackKept = keepsFeedback(document, { message: String(message), key: chat.helpful, helpful });
    this.#response = response;
    return sent;
  }

  async #readHistory(): Promise<{ readonly document: unknown; readonly problem: string | undefined }> {
    const { problem } = await this.#send(this.#request(this.#run.chat.history), this.#session);
    if (problem !== undefined) return { document: undefined, problem };
    try {
      return { document: JSON.parse(this.#response?.text ?? '') as unknown, problem: undefined };
    } catch {
      return { document: undefined, problem: 'the conversation was not told in JSON' };
    }
  }

  async #send(request: StepRequest, session: Session): Promise<Pick<DoneRecord, 'said' | 'problem'>> {
    this.#response = undefined;
    const answer = await send(this.#spoken(request), session);
    this.#response = answer;
    const isGood = answer.status >= 200 && answer.status <= 299;
    return {
      said: responseSaid(answer),
      problem: isGood ? undefined : `the service answered with status ${answer.status}`,
    };
  }

  /** `POST /api/chat` of the profile as a request. */
  #request(line: string, json?: unknown): StepRequest {
    const [method = 'GET', path = '/'] = line.split(' ');
    return this.#spoken({
      method,
      path,
      headers: { accept: 'application/json' },
      body: json === undefined ? undefined : { kind: 'json', value: json },
      timeoutMs: requestTimeoutMs,
    });
  }

  #spoken(request: StepRequest): StepRequest {
    const { language } = this.#scenario.visitor;
    return language === undefined
      ? request
      : { ...request, headers: { 'accept-language': language, ...request.headers } };
  }

  #browser(): Browser {
    const { browser } = this.#run;
    if (typeof browser === 'string') throw new Error(browser);
    return browser;
  }
}

async function pageProblem(
  work: () => Promise<void> | undefined,
): Promise<Pick<DoneRecord, 'said' | 'problem'>> {
  try {
    await work();
    return { said: undefined, problem: undefined };
  } catch (error) {
    return { said: undefined, problem: errorMessage(error) };
  }
}

const shownLength = 2000;

function responseSaid(response: Answer | undefined): DoneRecord['said'] {
  if (response === undefined) return undefined;
  return { kind: 'response', status: response.status, body: response.text.slice(0, shownLength) };
}
