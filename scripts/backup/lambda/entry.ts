import { isEmptyEvent, isObject, refuseEvent } from "../../../service/cloud/unsupported-events.ts";
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
export const dump = (event: unknown, invocation: Invocation): Promise<DumpResult | object> =>
  runIfTriggered(event, invocation, () => dumpDatabase(props, invocation));

/** Runs a restore test of the newest dump. A schedule or an operator invokes it. */
export const verify = (event: unknown, invocation: Invocation): Promise<RestoreTestResult | object> =>
  runIfTriggered(event, invocation, () => verifyNewestDump(props, invocation));

/**
 * Runs a task of fifteen minutes for its triggers alone. A schedule without an input sends an event of this source:
 * https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
 */
async function runIfTriggered<Result>(
  event: unknown,
  { awsRequestId }: Invocation,
  run: () => Promise<Result>,
): Promise<Result | object> {
  if (isEmptyEvent(event) || (isObject(event) && event.source === "aws.scheduler")) return run();
  return refuseEvent({
    log: props.log,
    event,
    supported: "the event of its schedule, and events without content",
    requestId: awsRequestId,
  });
}
