import {
  DescribeRepositoriesCommand,
  type ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { errorMessage, Failure, type Runner } from '../github/index.ts';
import { parseRepository, type Repository } from './reference.ts';
import type { Credentials } from './registry/client.ts';

interface EcrRepository {
  readonly repository: Repository;
  /** A fresh token of twelve hours, masked. */
  readonly credentials: () => Promise<Credentials>;
}

/**
 * Finds a repository of ECR, and how to log in to its registry.
 *
 * It is not created when it is missing: who may push should not need to be able to create, and encryption, scanning
 * and lifecycle belong to the infrastructure.
 *
 * @throws Failure with the command that creates it.
 */
export async function findRepository(ecr: ECRClient, name: string, runner: Runner): Promise<EcrRepository> {
  const region = await ecr.config.region();
  const uri = await describe(ecr, name, region);
  const repository = parseRepository(uri);
  if (repository === undefined) {
    throw new Failure('ECR gave an address that is not understood', {
      where: name,
      why: JSON.stringify(uri),
    });
  }
  return { repository, credentials: () => registryCredentials(ecr, runner) };
}

/**
 * A fresh token of twelve hours, masked. It is good for every registry of ECR that its owner may use, another account's
 * included: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
 */
export async function registryCredentials(ecr: ECRClient, runner: Runner): Promise<Credentials> {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
  const [, username, password] = /^([^:]+):(.+)$/s.exec(token) ?? [];
  if (!username || !password) throw new Failure('ECR gave no credentials for its registry');
  runner.mask(password);
  return { username, password };
}

async function describe(ecr: ECRClient, name: string, region: string): Promise<string> {
  try {
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return repositories?.[0]?.repositoryUri ?? '';
  } catch (error) {
    const kind = error instanceof Error ? error.name : '';
    const remedy =
      kind === 'RepositoryNotFoundException'
        ? `Create it: aws ecr create-repository --region ${region} --repository-name ${name}`
        : kind === 'AccessDeniedException'
          ? 'Allow the role ecr:DescribeRepositories on this repository (docs/adopting.md, "What the role may do")'
          : undefined;
    throw new Failure('The repository for the image cannot be found', {
      where: `image.repository "${name}" in ${region}`,
      why: errorMessage(error),
      cause: error,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
}
