/** An answer of a registry that is not a success, in the words of the distribution specification. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number;
  /** The codes of https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
  readonly codes: readonly string[];

  constructor(status: number, message: string, codes: readonly string[] = []) {
    super(message);
    this.status = status;
    this.codes = codes;
  }

  static of(status: number, body: string, request: string): RegistryError {
    const errors = readErrors(body);
    const detail = errors
      .map(({ code, message }) => `${code}${message === '' ? '' : ` (${message})`}`)
      .join(', ');
    return new RegistryError(
      status,
      `the registry answered ${request} with HTTP ${status}${detail === '' ? '' : `: ${detail}`}`,
      errors.map(({ code }) => code),
    );
  }
}

function readErrors(body: string): readonly { readonly code: string; readonly message: string }[] {
  try {
    const { errors } = JSON.parse(body) as { errors?: unknown };
    if (!Array.isArray(errors)) return [];
    return errors.map((error: { code?: unknown; message?: unknown } | null) => ({
      code: typeof error?.code === 'string' ? error.code : 'UNKNOWN',
      message: typeof error?.message === 'string' ? error.message : '',
    }));
  } catch {
    return [];
  }
}
