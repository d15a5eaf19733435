import type { DeployedEnvironment } from "../service/contract.ts";

/** Full name of a Lambda function, such as `ecobeat-staging-auth`. */
export const functionName = (environment: DeployedEnvironment, id: string): string =>
  `ecobeat-${environment}-${id}`;

/** The alias of a function through which requests come. */
export const liveAlias = "live";

/** End of the name of the function that creates missing indexes; `npm run ops -- migrate --environment` calls it. */
export const migrationFunction = "migrate";

/** Name of the CodeDeploy application whose deployments move the functions' aliases; its groups are named as the functions. */
export const deploymentApplication = (environment: DeployedEnvironment): string => `ecobeat-${environment}`;

/** Log group that keeps who released what, and when; `npm run ops -- rollback` writes it, `status --history` reads it. */
export const releaseLogName = (environment: DeployedEnvironment): string =>
  `/ecobeat-${environment}/releases`;

/** Alias of the KMS key that encrypts secret parameters. */
export const dataKeyAlias = (environment: DeployedEnvironment): string => `alias/ecobeat-${environment}-data`;

/** Name and id of the ElastiCache IAM user as which the functions connect (the service demands that they be equal). */
export const cacheUserName = (environment: DeployedEnvironment): string => `ecobeat-${environment}-service`;
