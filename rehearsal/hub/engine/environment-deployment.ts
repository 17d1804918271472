import type { Hub } from '../hub.ts';
import type { Deployment, DeploymentStatus, Job, Run } from '../model.ts';

/**
 * The deployment that GitHub itself records for a job with `environment:`, unless the workflow says
 * `deployment: false` (docs.github.com, "Deploying with GitHub Actions").
 */
export class EnvironmentDeployment {
  readonly #hub: Hub;
  readonly #deployment: Deployment;
  readonly #now: () => Date;

  constructor(
    hub: Hub,
    run: Run,
    job: Job,
    options: { serverUrl: string; environment: string; now: () => Date },
  ) {
    const at = options.now().toISOString();
    this.#hub = hub;
    this.#now = options.now;
    this.#deployment = {
      id: hub.nextId(),
      ref: run.ref.replace(/^refs\/(heads|tags)\//, ''),
      sha: run.sha,
      task: 'deploy',
      environment: options.environment,
      description: null,
      payload: {},
      creator: 'github-actions[bot]',
      createdAt: at,
      updatedAt: at,
      statuses: [],
    };
    const { owner, name } = hub.repository;
    this.#logUrl = `${options.serverUrl}/${owner}/${name}/actions/runs/${run.id}/job/${job.id}`;
    this.#add('in_progress', '');
  }

  readonly #logUrl: string;

  end(conclusion: 'success' | 'failure', url: string): void {
    if (conclusion === 'success') this.#retirePredecessors();
    this.#add(conclusion, url);
  }

  /** As `auto_inactive` does: what was in the environment before is no longer. */
  #retirePredecessors(): void {
    for (const earlier of this.#hub.deployments.values()) {
      if (earlier === this.#deployment || earlier.environment !== this.#deployment.environment) continue;
      if (earlier.statuses.at(-1)?.state !== 'success') continue;
      const last = earlier.statuses.at(-1);
      earlier.statuses.push(this.#status('inactive', last?.environmentUrl ?? ''));
      earlier.updatedAt = this.#now().toISOString();
      this.#hub.saveDeployment(earlier);
    }
  }

  #add(state: DeploymentStatus['state'], url: string): void {
    this.#deployment.statuses.push(this.#status(state, url));
    this.#deployment.updatedAt = this.#now().toISOString();
    this.#hub.saveDeployment(this.#deployment);
  }

  #status(state: DeploymentStatus['state'], url: string): DeploymentStatus {
    return {
      id: this.#hub.nextId(),
      state,
      description: '',
      environmentUrl: url,
      logUrl: this.#logUrl,
      createdAt: this.#now().toISOString(),
    };
  }
}
