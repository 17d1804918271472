/** An error in the shape of GitHub's REST API: `message`, `documentation_url`, `status`, and often `errors`. */
export class RestError extends Error {
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: { readonly errors?: readonly unknown[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.name = 'RestError';
    this.status = status;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }
}

export function notFound(): RestError {
  return new RestError(404, 'Not Found');
}

/** A field that is there and of the right type, and still cannot be. */
export function invalid(resource: string, field: string, message?: string, code = 'invalid'): RestError {
  return new RestError(422, message ?? 'Validation Failed', { errors: [{ resource, field, code }] });
}
