import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ImageStore, Repository } from './store.ts';

/** One request to the registry, about one repository. */
export interface Exchange {
  readonly store: ImageStore;
  readonly repository: Repository;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly method: string;
  readonly now: () => number;
}

/** An error of the OCI distribution specification, section "Error codes". */
export class RegistryError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly detail: unknown;

  constructor(statusCode: number, code: string, message: string, detail: unknown = null) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.detail = detail;
  }
}

export function notSupported(method: string): RegistryError {
  return new RegistryError(405, 'UNSUPPORTED', `${method} is not supported here.`);
}
