/** A parameter of the Parameter Store: its current value alone, as versions before it are not kept here. */
export interface ParameterRecord {
  readonly name: string;
  readonly arn: string;
  type: 'String' | 'StringList' | 'SecureString';
  value: string;
  version: number;
  description?: string;
  keyId?: string;
  tier: 'Standard' | 'Advanced';
  changedAt: number;
  changedBy: string;
}

/** The parameters of the account. */
export class ParameterStore {
  readonly #parameters = new Map<string, ParameterRecord>();

  save(): readonly ParameterRecord[] {
    return this.list();
  }

  load(parameters: readonly ParameterRecord[]): void {
    this.#parameters.clear();
    for (const parameter of parameters) this.#parameters.set(parameter.name, parameter);
  }

  list(): readonly ParameterRecord[] {
    return [...this.#parameters.values()];
  }

  /** By name or by ARN. */
  find(id: string): ParameterRecord | undefined {
    return this.#parameters.get(id) ?? this.list().find(({ arn }) => arn === id);
  }

  put(parameter: ParameterRecord): void {
    this.#parameters.set(parameter.name, parameter);
  }

  remove(name: string): boolean {
    return this.#parameters.delete(name);
  }
}

/** `/shop/key` is `…:parameter/shop/key`, and `key` is `…:parameter/key`. */
export function parameterArn(
  name: string,
  { region, accountId }: { readonly region: string; readonly accountId: string },
): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`;
}
