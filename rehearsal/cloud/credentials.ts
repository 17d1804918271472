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
   * Whose a key is, and the secret that they sign with.
   * @throws CommonError as AWS refuses keys that it does not know, and those of sessions that are over
   */
  identify(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): { identity: Identity; secretAccessKey: string } {
    if (accessKeyId === adminCredentials.accessKeyId && sessionToken === undefined) {
      return {
        identity: { arn: `arn:aws:iam::${this.#accountId}:user/rehearsal` },
        secretAccessKey: adminCredentials.secretAccessKey,
      };
    }
    const session = this.#sessions.get(accessKeyId);
    if (session === undefined || session.sessionToken !== sessionToken) {
      throw new CommonError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    if (session.expiration <= this.#now()) {
      throw new CommonError('ExpiredTokenException', 'The security token included in the request is expired');
    }
    const { arn, roleName, secretAccessKey } = session;
    return { identity: { arn, roleName }, secretAccessKey };
  }
}
