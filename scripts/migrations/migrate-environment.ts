import {
  type DeployedEnvironment,
  type MigrationRequest,
  type MigrationResult,
  migrationFunction,
} from "../../service/contract.ts";
import { callFunction } from "../aws/environment-function.ts";
import { outcomeOf } from "./migrate.ts";

/**
 * Has an environment's own function create the missing indexes or, in a dry run, name them.
 *
 * @throws {ConfigurationError} if AWS cannot be reached or refuses, or the function fails
 */
export async function migrateEnvironment(environment: DeployedEnvironment, dryRun: boolean): Promise<void> {
  const request: MigrationRequest = { dryRun };
  const { name, region, result } = await callFunction<MigrationResult>(
    environment,
    migrationFunction,
    request,
  );
  console.log(`database: that of ${environment}, through ${name} in ${region}`);
  console.log(outcomeOf(result));
}
