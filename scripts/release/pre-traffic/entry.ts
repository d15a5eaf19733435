import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { isEmptyEvent, isObject, refuseEvent } from "../../../service/cloud/unsupported-events.ts";
import { required } from "../../../service/config.ts";
import { type DeployedEnvironment, variables } from "../../../service/contract.ts";
import { systemClock } from "../../../service/platform/clock.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { tlsFloor } from "../../../service/platform/tls.ts";
import { logTlsConnections } from "../../../service/platform/tls-connections.ts";
import { createRequestLimits } from "../../aws/request-limits.ts";
import { smokeTestVariables } from "../smoke-test/contract.ts";
import { runScheduledSmokeTest } from "../smoke-test/smoke-test.ts";
import { isHookEvent, type LambdaContext, type PreTrafficHookProps, runPreTrafficHook } from "./pre-traffic.ts";
import { readProbeAccount } from "./probe-account.ts";

const props: PreTrafficHookProps = {
  environment: required(process.env, variables.environment) as DeployedEnvironment,
  codeDeploy: new CodeDeployClient({ requestHandler: { ...createRequestLimits(4_000), httpsAgent: tlsFloor } }),
  // A request may cause a cold start, and the service responds within 29 s in any case.
  lambda: new LambdaClient({ requestHandler: { ...createRequestLimits(35_000), httpsAgent: tlsFloor } }),
  log: jsonLogger(),
};

logTlsConnections(props.log, systemClock);

/** Tests the public API. A schedule or an operator invokes it. */
export const smokeTest = async (event: unknown, invocation: LambdaContext): Promise<object> => {
  const { environment, log } = props;
  if (!isEmptyEvent(event) && !(isObject(event) && event.source === "aws.scheduler")) {
    const supported = "the event of its schedule, and events without content";
    return refuseEvent({ log, event, supported, requestId: invocation.awsRequestId });
  }
  return runScheduledSmokeTest({
    readAccount: () => readProbeAccount(environment),
    url: new URL(required(process.env, variables.apiUrl)),
    origin: required(process.env, variables.corsOrigins).split(",")[0]!,
    apiKey: required(process.env, smokeTestVariables.apiKey),
    log,
    clock: systemClock,
  });
};

/** CodeDeploy invokes this function before it shifts traffic to a new version. */
export const tryVersion = async (
  event: unknown,
  invocation: LambdaContext,
): Promise<"Succeeded" | "Failed" | object> => {
  if (isHookEvent(event)) return runPreTrafficHook(props, event, invocation);
  const supported = "the event of a lifecycle hook of CodeDeploy";
  return refuseEvent({ log: props.log, event, supported, requestId: invocation.awsRequestId });
};
