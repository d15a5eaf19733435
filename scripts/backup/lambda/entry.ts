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

/** Dumps the database into the backup bucket. A schedule or an operator invokes it. */
export const dump = (_event: unknown, invocation: Invocation): Promise<DumpResult> =>
  functions.dump(invocation);

/** Runs a restore test of the newest dump. A schedule or an operator invokes it. */
export const verify = (_event: unknown, invocation: Invocation): Promise<RestoreTestResult> =>
  functions.verify(invocation);
