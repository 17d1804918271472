import { actionsBot } from '../accounts.ts';
import { addStatus } from '../deployments.ts';
import type { Hub } from '../hub.ts';
import type { Deployment, DeploymentStatus, Job, Run } from '../model.ts';

/**
 * The deployment that GitHub itself records for a job with `environment:`, unless the workflow says
 * `deployment: false` (docs.github.com, "Deploying with GitHub Actions").
 */
export class EnvironmentDeployment {
  readonly #hub: Hub;
  readonly #deployment: Deployment;
  readonly #logUrl: string;
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
      // What Actions records is not marked as of production, so that a success retires the one before.
      production: false,
      description: null,
      payload: {},
      creator: actionsBot,
      createdAt: at,
      updatedAt: at,
      statuses: [],
    };
    const { owner, name } = hub.repository;
    this.#logUrl = `${options.serverUrl}/${owner}/${name}/actions/runs/${run.id}/job/${job.id}`;
  }

  /** @param url where the job says that it deployed to */
  become(state: DeploymentStatus['state'], url = ''): void {
    addStatus(
      this.#hub,
      this.#deployment,
      {
        state,
        description: '',
        environmentUrl: url,
        logUrl: this.#logUrl,
        createdAt: this.#now().toISOString(),
      },
      { autoInactive: true },
    );
  }
}
