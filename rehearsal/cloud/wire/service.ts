/** What one AWS service of the rehearsal is, to the wire layer. */
export interface Service {
  /** The SDK's service id in lower case, as faults and the call log name it: `ecs`, `ecr`, `logs`, … */
  readonly id: string;
  readonly protocol: Protocol;
  /** The prefix of its IAM actions, where it is not the id. */
  readonly iamPrefix?: string;
  /** The error that it answers where a required member is absent; AWS's services differ. */
  readonly missingMember?: (path: string) => ServiceError;
  /**
   * What errors were called when the service spoke the query protocol (Smithy: awsQueryCompatible), by the names that
   * they have now: clients that know the old names are told them in a header.
   */
  readonly queryErrorCodes?: Readonly<Record<string, string>>;
  /**
   * The operation schemas of the service, by operation name, as `@aws-sdk/client-*` exports them
   * (`ContinueServiceDeployment$` → `ContinueServiceDeployment`). The wire layer reads and writes with these alone.
   */
  readonly schemas: Readonly<Record<string, OperationSchema>>;
  /** The operations that are there. One that has a schema but no handler answers `UnknownOperationException`. */
  readonly operations: Readonly<Record<string, Operation>>;
}

/** How the service is told apart and spoken to. */
export type Protocol =
  | {
      readonly kind: 'awsJson';
      readonly version: '1.0' | '1.1';
      readonly targetPrefix: string;
      /** Whether a client may speak Smithy's RPC v2 CBOR as well, as the AWS CLI does to CloudWatch. */
      readonly orCbor?: boolean;
    }
  | { readonly kind: 'rpcV2Cbor' }
  | { readonly kind: 'awsQuery'; readonly apiVersion: string; readonly namespace: string };

/** `[9, namespace, name, traits, input, output]` (Smithy's static schema of an operation in AWS SDK v3). */
export type OperationSchema = readonly unknown[];

/** Takes the parsed input, answers the output members (no `$metadata`), or throws a {@link ServiceError}. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each handler narrows to its own SDK input type
export type Operation = (input: any, call: Call) => object | Promise<object>;

/** Who called, and from where. */
export interface Call {
  readonly requestId: string;
  readonly region: string;
  readonly accountId: string;
  /** The ARN that STS would report for the credentials of the request. */
  readonly callerArn: string;
  readonly accessKeyId: string;
}

/** An error as AWS would answer it: `name` is the exception's name on the wire. */
export class ServiceError extends Error {
  override readonly name: string;
  readonly statusCode: number;
  /** Further members of the exception's shape. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(name: string, message: string, statusCode = 400, members: Record<string, unknown> = {}) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    this.members = members;
  }
}
