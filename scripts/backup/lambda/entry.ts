import { required } from "../../../service/config.ts";
import { type DeployedEnvironment, variables } from "../../../service/contract.ts";
import { systemClock } from "../../../service/platform/clock.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { logTlsConnections } from "../../../service/platform/tls-connections.ts";
import { type DumpResult, type RestoreTestResult, restoreTest } from "../contract.ts";
import { dumpDatabase, type Invocation, verifyNewestDump } from "./functions.ts";

const props = {
  environment: required(process.env, variables.environment) as DeployedEnvironment,
  backupLocation: required(process.env, variables.backupLocation),
  scratchDatabase: restoreTest.databaseName,
  clock: systemClock,
  log: jsonLogger(),
};

logTlsConnections(props.log, props.clock);

/** Dumps the database into the backup bucket. A schedule or an operator invokes it. */
export const dump = (_event: unknown, invocation: Invocation): Promise<DumpResult> => dumpDatabase(props, invocation);

/** Runs a restore test of the newest dump. A schedule or an operator invokes it. */
export const verify = (_event: unknown, invocation: Invocation): Promise<RestoreTestResult> =>
  verifyNewestDump(props, invocation);
