import type { TaskDefinitionRecord, TaskRecord } from './model.ts';
import { staticHostPorts } from './ports.ts';
import { TaskLife, type StopOrder, type TaskSurroundings } from './task-life.ts';
import type { TaskRequest } from './task-record.ts';

/** Stopped tasks can be described for about an hour, as on AWS. */
const stoppedKeptMs = 3_600_000;

/** The tasks of all clusters. A task's record is what DescribeTasks answers. */
export class Tasks {
  readonly #around: TaskSurroundings;
  readonly #lives = new Map<string, TaskLife>();
  /** Of the tasks that have not ended yet. */
  readonly #ends = new Set<Promise<void>>();
  readonly #failNext: string[] = [];
  readonly #shutdown = new AbortController();

  constructor(around: TaskSurroundings) {
    this.#around = around;
  }

  list(): readonly TaskRecord[] {
    const oldest = this.#around.clock.now().getTime() - stoppedKeptMs;
    for (const [id, { task }] of this.#lives) {
      if (task.stoppedAt !== undefined && task.stoppedAt < oldest) this.#lives.delete(id);
    }
    return [...this.#lives.values()].map(({ task }) => task);
  }

  find(idOrArn: string): TaskRecord | undefined {
    return this.#lives.get(idOrArn.split('/').at(-1) ?? '')?.task;
  }

  /** The first host port that another task holds, where there is one: such a task cannot be placed. */
  occupiedHostPort(definition: TaskDefinitionRecord): number | undefined {
    const taken = new Set(
      this.list()
        .filter(({ lastStatus }) => lastStatus !== 'STOPPED')
        .flatMap(({ hostPorts }) => hostPorts),
    );
    return staticHostPorts(definition).find((port) => taken.has(port));
  }

  /** The next task that is started fails to, with this `stoppedReason`; for tests and faults. */
  failNext(stoppedReason: string): void {
    this.#failNext.push(stoppedReason);
  }

  /** Creates a task and lets it live; its record says how it goes. */
  start(request: TaskRequest): TaskRecord {
    const life = new TaskLife(request, this.#around, this.#shutdown.signal);
    this.#lives.set(life.task.id, life);
    const end = life.live(this.#failNext.shift());
    this.#ends.add(end);
    void end.finally(() => this.#ends.delete(end));
    return life.task;
  }

  /** Asks a task to stop. The first reason stands. */
  stop({ id }: TaskRecord, order: StopOrder): void {
    this.#lives.get(id)?.stop(order);
  }

  /** To be called when the health of a group's targets has changed. */
  targetsChanged(targetGroupArn: string): void {
    for (const life of this.#lives.values()) {
      if (life.task.targets.some((target) => target.targetGroupArn === targetGroupArn)) life.targetsChanged();
    }
  }

  /** Stops every task and waits for all of them. */
  async stopAll(): Promise<void> {
    this.#shutdown.abort();
    for (const life of this.#lives.values()) {
      life.stop({ stopCode: 'TerminationNotice', reason: 'The rehearsal stopped.', failed: false });
    }
    await Promise.all(this.#ends);
  }
}
