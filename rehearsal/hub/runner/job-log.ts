import type { Hub } from '../hub.ts';
import type { Annotation, Job, LogLine, Run } from '../model.ts';
import { parseCommand } from './commands.ts';
import type { Masks } from './masks.ts';

/**
 * GitHub keeps this many annotations of a level from one step, and this many from a job
 * (actions/toolkit, docs/problem-matchers.md). The log has all of them.
 */
const mostOfStep = 10;
const mostOfJob = 50;

/** What a step's output may ask of its job, besides being written down. */
export interface CommandSink {
  setOutput(name: string, value: string): void;
  saveState(name: string, value: string): void;
}

/** Writes one job's log into the hub: masked, with groups and commands told apart. */
export class JobLog {
  readonly #hub: Hub;
  readonly #run: Run;
  readonly #job: Job;
  readonly #masks: Masks;
  readonly #debug: boolean;
  readonly #now: () => Date;

  constructor(options: { hub: Hub; run: Run; job: Job; masks: Masks; debug: boolean; now: () => Date }) {
    this.#hub = options.hub;
    this.#run = options.run;
    this.#job = options.job;
    this.#masks = options.masks;
    this.#debug = options.debug;
    this.#now = options.now;
  }

  write(step: number, kind: LogLine['kind'], text: string): void {
    if (kind === 'debug' && !this.#debug) return;
    for (const line of this.#masks.mask(text).split('\n')) {
      this.#hub.log(this.#job.id, { at: this.#now().toISOString(), step, kind, text: line });
    }
  }

  /** A line of the log and an annotation of the job. */
  annotate(
    step: number,
    level: Annotation['level'],
    message: string,
    place: { title?: string; file?: string; line?: number } = {},
  ): void {
    this.write(step, level === 'failure' ? 'error' : level, message);
    const annotations = this.#job.annotations.filter((item) => item.step === step && item.level === level);
    if (annotations.length >= mostOfStep || this.#job.annotations.length >= mostOfJob) return;
    this.#job.annotations.push({
      level,
      step,
      message: this.#masks.mask(message),
      ...place,
      ...(place.title === undefined ? {} : { title: this.#masks.mask(place.title) }),
    });
    this.#hub.saveJob(this.#run, this.#job);
  }

  /** A reader of one step's output lines, which understands its workflow commands. */
  output(step: number, sink: CommandSink): (line: string) => void {
    let resumeToken: string | undefined;
    return (line) => {
      if (resumeToken !== undefined) {
        if (line.trim() === `::${resumeToken}::`) resumeToken = undefined;
        else this.write(step, 'line', line);
        return;
      }
      const command = parseCommand(line);
      if (command === undefined) {
        if (line.startsWith('[command]')) this.write(step, 'command', line.slice('[command]'.length));
        else this.write(step, 'line', line);
        return;
      }
      const { name, properties, message } = command;
      switch (name) {
        case 'add-mask':
          this.#masks.add(message);
          return;
        case 'stop-commands':
          resumeToken = message;
          return;
        case 'group':
        case 'endgroup':
        case 'debug':
        case 'command':
          return this.write(step, name, message);
        case 'section':
          return this.write(step, 'line', message);
        case 'notice':
        case 'warning':
        case 'error':
          return this.annotate(step, name === 'error' ? 'failure' : name, message, placeOf(properties));
        case 'set-output':
        case 'save-state': {
          const file = name === 'set-output' ? 'GITHUB_OUTPUT' : 'GITHUB_STATE';
          this.annotate(step, 'warning', `The \`${name}\` command is deprecated. Write to $${file} instead.`);
          const key = properties.name ?? '';
          if (name === 'set-output') sink.setOutput(key, message);
          else sink.saveState(key, message);
          return;
        }
        case 'set-env':
        case 'add-path':
          return this.annotate(
            step,
            'failure',
            `The \`${name}\` command is disabled. Write to $${name === 'set-env' ? 'GITHUB_ENV' : 'GITHUB_PATH'} instead.`,
          );
        case 'echo':
        case 'add-matcher':
        case 'remove-matcher':
          // They change how GitHub shows a log, not what a job does.
          return;
        default:
          return this.write(step, 'line', line);
      }
    };
  }
}

function placeOf(properties: Readonly<Record<string, string>>): {
  title?: string;
  file?: string;
  line?: number;
} {
  const { title, file, line } = properties;
  return {
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined || !/^\d+$/.test(line) ? {} : { line: Number(line) }),
  };
}
