import { Refused } from '../control/refused.ts';
import { CommonError } from '../wire/common-error.ts';
import { ServiceError } from '../wire/service.ts';

/** A fault that the cloud is told to have. It strikes calls of one operation (`*`: any) of one service (`*`: any). */
export interface Fault {
  readonly service: string;
  readonly operation: string;
  readonly effect: Effect;
  /** How many matching calls pass unharmed first. 0 where it is left out. */
  readonly skip?: number;
  /** How many calls it strikes; every one where it is left out. */
  readonly times?: number;
  /** How likely it strikes a call, from 0 to 1. 1 where it is left out. */
  readonly probability?: number;
}

export type Effect =
  /** Refused before it is applied, as AWS throttles. */
  | { readonly kind: 'throttle' }
  /** Answered only after so many real milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Refused before it is applied, with this error. */
  | { readonly kind: 'fail'; readonly error: string; readonly message?: string; readonly statusCode?: number }
  /** Applied, and then the connection breaks before the answer. */
  | { readonly kind: 'lose-answer' };

interface ActiveFault extends Fault {
  readonly id: number;
  seen: number;
  struck: number;
}

/** The faults that are on. Calls are counted from the moment a fault is added. */
export class Faults {
  readonly #active = new Map<number, ActiveFault>();
  readonly #random: () => number;
  #lastId = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  add(fault: Fault): number {
    const id = ++this.#lastId;
    this.#active.set(id, { ...fault, id, seen: 0, struck: 0 });
    return id;
  }

  remove(id: number): boolean {
    return this.#active.delete(id);
  }

  clear(): void {
    this.#active.clear();
  }

  list(): readonly (Fault & { id: number; struck: number })[] {
    return [...this.#active.values()];
  }

  /** The effects that strike this call, in the order in which the faults were added. */
  strike(service: string, operation: string): Effect[] {
    const effects: Effect[] = [];
    for (const fault of this.#active.values()) {
      if (!matches(fault.service, service) || !matches(fault.operation, operation)) continue;
      fault.seen += 1;
      if (fault.seen <= (fault.skip ?? 0)) continue;
      if (fault.times !== undefined && fault.struck >= fault.times) continue;
      if (this.#random() >= (fault.probability ?? 1)) continue;
      fault.struck += 1;
      effects.push(fault.effect);
    }
    return effects;
  }
}

/** The error that an effect answers instead of applying the call, where it does. */
export function refusalOf(effect: Effect): ServiceError | undefined {
  switch (effect.kind) {
    case 'throttle':
      return new CommonError('ThrottlingException', 'Rate exceeded');
    case 'fail':
      return new ServiceError(
        effect.error,
        effect.message ?? 'A fault of the rehearsal.',
        effect.statusCode ?? 500,
      );
    case 'delay':
    case 'lose-answer':
      return undefined;
  }
}

function matches(pattern: string, name: string): boolean {
  return pattern === '*' || pattern.toLowerCase() === name.toLowerCase();
}

/** Reads a fault from the control plane's JSON. @throws Refused with what is wrong, and what it takes */
export function readFault(value: unknown): Fault {
  const { service, operation, effect, skip, times, probability } = (value ?? {}) as Record<string, unknown>;
  if (typeof service !== 'string' || typeof operation !== 'string') {
    throw new Refused('A fault takes "service" and "operation" (names, or "*").');
  }
  const isShare = typeof probability === 'number' && probability >= 0 && probability <= 1;
  if (!isCount(skip) || !isCount(times) || !(probability === undefined || isShare)) {
    throw new Refused(
      '"skip" and "times" take whole numbers from 0, and "probability" a number from 0 to 1.',
    );
  }
  return {
    service,
    operation,
    effect: readEffect(effect),
    ...(skip === undefined ? {} : { skip }),
    ...(times === undefined ? {} : { times }),
    ...(isShare ? { probability } : {}),
  };
}

function readEffect(value: unknown): Effect {
  const { kind, ms, error, message, statusCode } = (value ?? {}) as Record<string, unknown>;
  switch (kind) {
    case 'throttle':
    case 'lose-answer':
      return { kind };
    case 'delay':
      if (typeof ms !== 'number' || ms < 0)
        throw new Refused('The effect "delay" takes "ms", a number from 0.');
      return { kind, ms };
    case 'fail':
      if (typeof error !== 'string')
        throw new Refused('The effect "fail" takes "error", an exception\'s name.');
      return {
        kind,
        error,
        ...(typeof message === 'string' ? { message } : {}),
        ...(typeof statusCode === 'number' ? { statusCode } : {}),
      };
    default:
      throw new Refused(
        'A fault takes "effect": { "kind": "throttle" | "delay" | "fail" | "lose-answer", … }.',
      );
  }
}

function isCount(value: unknown): value is number | undefined {
  return value === undefined || (Number.isInteger(value) && Number(value) >= 0);
}
