import type { Answer, Asked } from '../../src/github/github.fake.ts';

interface Status {
  readonly state: string;
  readonly description: string;
}

/** A deployment as GitHub keeps it; statuses newest first. */
export interface Kept {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly created_at: string;
  readonly statuses: Status[];
}

/** The deployments of a repository, as GitHub's REST API keeps them. */
export class Records {
  readonly all: Kept[] = [];

  add(deployment: Pick<Kept, 'environment' | 'payload'> & { sha?: string }, ...states: string[]): Kept {
    const kept: Kept = {
      id: this.all.length + 1,
      sha: deployment.sha ?? 'f'.repeat(40),
      environment: deployment.environment,
      payload: deployment.payload,
      created_at: new Date().toISOString(),
      statuses: states.map((state) => ({ state, description: '' })).reverse(),
    };
    this.all.push(kept);
    return kept;
  }

  /** The last state of each deployment of a version, oldest first. */
  statesOf(version: string): string[] {
    return this.all
      .filter(({ payload }) => payload['version'] === version)
      .map(({ statuses }) => `${statuses[0]?.state ?? ''}: ${statuses[0]?.description ?? ''}`);
  }

  answer = ({ method, path, body }: Asked): Answer => {
    const id = /\/deployments\/(\d+)\/statuses/.exec(path)?.[1];
    const kept = this.all.find((one) => String(one.id) === id);
    if (id !== undefined) {
      if (method === 'POST') kept?.statuses.unshift(body as Status);
      return { status: method === 'POST' ? 201 : 200, body: method === 'POST' ? {} : (kept?.statuses ?? []) };
    }
    if (method === 'POST' && path.endsWith('/deployments')) {
      const { ref, environment, payload } = body as { ref: string } & Pick<Kept, 'environment' | 'payload'>;
      return { status: 201, body: this.add({ sha: ref, environment, payload }) };
    }
    const environment = new URL(path, 'http://github').searchParams.get('environment');
    return {
      status: 200,
      body: this.all.filter((one) => one.environment === environment).toReversed(),
    };
  };
}
