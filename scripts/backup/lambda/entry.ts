import { required } from "../../../service/config.ts";
import { type DeployedEnvironment, variables } from "../../../service/contract.ts";
import { systemClock } from "../../../service/platform/clock.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { type DumpResult, type RestoreTestResult, restoreTest } from "../contract.ts";
import { BackupFunctions, type Invocation } from "./functions.ts";

const functions = new BackupFunctions({
  environment: required(process.env, variables.environment) as DeployedEnvironment,
  backupLocation: required(process.env, variables.backupLocation),
  scratchDatabase: restoreTest.databaseName,
  clock: systemClock,
  log: jsonLogger(),
});

/** The function that dumps the database into the backup bucket, called by a schedule or by an operator. */
export const dump = (_event: unknown, invocation: Invocation): Promise<DumpResult> =>
  functions.dump(invocation);

/** The restore test of the newest dump, called in the same ways. */
export const verify = (_event: unknown, invocation: Invocation): Promise<RestoreTestResult> =>
  functions.verify(invocation);
