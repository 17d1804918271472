/**
 * Replaces secrets by `***` wherever text leaves a job, as GitHub's runner does: the value itself, each line of a
 * multi-line one, and the forms it takes in Base64, URLs and JSON.
 */
export class Masks {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;

  /** Empty values are ignored: they would mask everything. */
  add(secret: string): void {
    for (const value of [secret, ...secret.split(/\r?\n/)]) {
      const trimmed = value.trim();
      if (trimmed === '') continue;
      for (const form of formsOf(trimmed)) this.#values.add(form);
    }
    this.#pattern = undefined;
  }

  mask(text: string): string {
    if (this.#values.size === 0) return text;
    // The longest first, so that a secret that contains another one is hidden as a whole.
    this.#pattern ??= new RegExp(
      [...this.#values]
        .sort((a, b) => b.length - a.length)
        .map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return text.replace(this.#pattern, '***');
  }

  contains(text: string): boolean {
    return this.mask(text) !== text;
  }
}

/** Below this, the encoded forms would match ordinary text. */
const shortestEncoded = 6;

function formsOf(secret: string): string[] {
  const forms = [secret];
  if (secret.length < shortestEncoded) return forms;
  forms.push(encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1));
  // Base64 of a longer text that contains the secret depends on where in a group of three bytes it begins; the
  // characters at either end also carry its neighbours' bits, and are left out.
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]).toString('base64');
    const from = [0, 2, 3][shift] ?? 0;
    const whole = Math.floor(((shift + Buffer.byteLength(secret)) * 8) / 6);
    forms.push(encoded.slice(from, whole));
  }
  return forms;
}
