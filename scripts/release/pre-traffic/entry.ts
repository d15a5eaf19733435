import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { required } from "../../../service/config.ts";
import { type DeployedEnvironment, variables } from "../../../service/contract.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { tlsFloor } from "../../../service/platform/tls.ts";
import { type HookEvent, type LambdaContext, PreTrafficHook } from "./pre-traffic.ts";

const limits = { connectionTimeout: 3_000, throwOnRequestTimeout: true, httpsAgent: tlsFloor };

const preTraffic = new PreTrafficHook({
  environment: required(process.env, variables.environment) as DeployedEnvironment,
  codeDeploy: new CodeDeployClient({ requestHandler: { ...limits, requestTimeout: 4_000 } }),
  // A request may meet a cold start, and the service answers within 29 s whatever happens.
  lambda: new LambdaClient({ requestHandler: { ...limits, requestTimeout: 35_000 } }),
  log: jsonLogger(),
});

/** The function that CodeDeploy calls before it gives a new version its first request. */
export const tryVersion = (event: HookEvent, invocation: LambdaContext) => preTraffic.run(event, invocation);
