/** An imported certificate. Plain data: the snapshot writes it as it is. */
export interface CertificateRecord {
  readonly arn: string;
  /** PEM. */
  certificate: string;
  chain: string | undefined;
  privateKey: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  importedAt: number;
  tags: Record<string, string>;
}

/** The certificates of the account. */
export class CertificateStore {
  readonly #certificates = new Map<string, CertificateRecord>();

  save(): readonly CertificateRecord[] {
    return this.list();
  }

  load(saved: readonly CertificateRecord[]): void {
    this.#certificates.clear();
    for (const certificate of saved) this.put(certificate);
  }

  list(): readonly CertificateRecord[] {
    return [...this.#certificates.values()];
  }

  find(arn: string): CertificateRecord | undefined {
    return this.#certificates.get(arn);
  }

  put(certificate: CertificateRecord): void {
    this.#certificates.set(certificate.arn, certificate);
  }

  remove(arn: string): void {
    this.#certificates.delete(arn);
  }
}
