import type { DeployedEnvironment } from "../service/contract.ts";

/** Full name of a Lambda function, such as `ecobeat-staging-auth`. */
export const functionName = (environment: DeployedEnvironment, id: string): string =>
  `ecobeat-${environment}-${id}`;

/** The alias that callers of a function invoke. */
export const liveAlias = "live";

/** Id of the function that creates missing indexes; `npm run ops -- migrate --environment` invokes it. */
export const migrationFunction = "migrate";

/** Name of the CodeDeploy application; its deployment groups have the names of the functions. */
export const deploymentApplication = (environment: DeployedEnvironment): string => `ecobeat-${environment}`;

/** Log group with the release history; `npm run ops -- rollback` writes it, `status --history` reads it. */
export const releaseLogName = (environment: DeployedEnvironment): string =>
  `/ecobeat-${environment}/releases`;

/** Alias of the KMS key that encrypts secret parameters. */
export const dataKeyAlias = (environment: DeployedEnvironment): string => `alias/ecobeat-${environment}-data`;

/** Name and id of the functions' ElastiCache IAM user (ElastiCache requires that they are equal). */
export const cacheUserName = (environment: DeployedEnvironment): string => `ecobeat-${environment}-service`;
