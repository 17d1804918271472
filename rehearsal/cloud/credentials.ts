import { randomBytes } from 'node:crypto';
import { CommonError } from './wire/common-error.ts';

/** Whoever signs with these may do everything: for seeding and for trying other people's clients. */
export const adminCredentials = {
  accessKeyId: 'AKIAREHEARSALADMIN00',
  secretAccessKey: 'rehearsal',
} as const;

export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** `arn:aws:sts::000000000000:assumed-role/NAME/SESSION` */
  readonly arn: string;
  readonly roleName: string;
  readonly expiration: Date;
}

/** Who signed a request. */
export interface Identity {
  readonly arn: string;
  /** Absent for the administrator, who may do everything. */
  readonly roleName?: string;
}

/** Who the cloud knows by access key. */
export class Credentials {
  readonly #accountId: string;
  readonly #now: () => Date;
  readonly #sessions = new Map<string, Session>();

  constructor(accountId: string, now: () => Date) {
    this.#accountId = accountId;
    this.#now = now;
  }

  save(): (Omit<Session, 'expiration'> & { expiration: string })[] {
    return [...this.#sessions.values()]
      .filter(({ expiration }) => expiration > this.#now())
      .map((session) => ({ ...session, expiration: session.expiration.toISOString() }));
  }

  load(sessions: readonly (Omit<Session, 'expiration'> & { expiration: string })[]): void {
    this.#sessions.clear();
    for (const session of sessions) {
      this.#sessions.set(session.accessKeyId, { ...session, expiration: new Date(session.expiration) });
    }
  }

  issue(roleName: string, sessionName: string, seconds: number): Session {
    const session: Session = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(96).toString('base64'),
      arn: `arn:aws:sts::${this.#accountId}:assumed-role/${roleName}/${sessionName}`,
      roleName,
      expiration: new Date(this.#now().getTime() + seconds * 1000),
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  /**
   * Who signed the request. Signatures are not checked: the rehearsal is on this machine alone, and holds nothing
   * to protect. Unknown and expired keys are refused as AWS refuses them.
   */
  identify(accessKeyId: string, sessionToken: string | undefined): Identity {
    if (accessKeyId === adminCredentials.accessKeyId)
      return { arn: `arn:aws:iam::${this.#accountId}:user/rehearsal` };
    const session = this.#sessions.get(accessKeyId);
    if (session === undefined || session.sessionToken !== sessionToken) {
      throw new CommonError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
        400,
      );
    }
    if (session.expiration <= this.#now()) {
      throw new CommonError(
        'ExpiredTokenException',
        'The security token included in the request is expired',
        400,
      );
    }
    return { arn: session.arn, roleName: session.roleName };
  }
}
