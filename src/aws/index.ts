/** AWS: the clients, their credentials, and what its errors mean. */
export { connectAws, type Aws, type AwsOptions } from './clients.ts';
export { classify, errorName, missingPermission, type ErrorClass } from './errors.ts';
