/** AWS: the clients, their credentials, and what its errors mean. */
export { connectAws, type Aws, type AwsOptions } from './clients.ts';
export { awsFailure, classify, errorName, missingPermission, remedyFor, type ErrorClass } from './errors.ts';
