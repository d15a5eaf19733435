import {
  type CodeDeployClient,
  GetDeploymentCommand,
  PutLifecycleEventHookExecutionStatusCommand,
} from "@aws-sdk/client-codedeploy";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { isObject } from "../../../service/cloud/unsupported-events.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import { functionName, liveAlias } from "../../../stacks/names.ts";
import { readAppSpec } from "../app-spec.ts";
import { checkVersion, type QualifiedFunction } from "./check-version.ts";
import { readProbeAccount } from "./probe-account.ts";

/** The event that CodeDeploy sends. */
export interface HookEvent {
  readonly DeploymentId: string;
  readonly LifecycleEventHookExecutionId: string;
}

/** Whether an event is one of CodeDeploy. */
export const isHookEvent = (event: unknown): event is HookEvent =>
  isObject(event) && typeof event.DeploymentId === "string" && typeof event.LifecycleEventHookExecutionId === "string";

/** The part of Lambda's context object that the hook uses. */
export interface LambdaContext {
  readonly awsRequestId?: string;
  getRemainingTimeInMillis(): number;
}

export interface PreTrafficHookProps {
  readonly environment: DeployedEnvironment;
  readonly codeDeploy: CodeDeployClient;
  readonly lambda: LambdaClient;
  readonly log: Logger;
}

/** Enough to report to CodeDeploy, with one retry. */
const reserveMs = 10_000;

/**
 * Tests a new version before it gets traffic, and reports the result to CodeDeploy.
 * @returns the reported status; the log has the reason
 * @throws if the report fails: CodeDeploy then waits for an hour, unless a retry of Lambda succeeds
 */
export async function runPreTrafficHook(
  props: PreTrafficHookProps,
  event: HookEvent,
  invocation: LambdaContext,
): Promise<"Succeeded" | "Failed"> {
  const { DeploymentId: deploymentId, LifecycleEventHookExecutionId: lifecycleEventHookExecutionId } = event;
  const { codeDeploy, log } = props;
  const signal = AbortSignal.timeout(Math.max(0, invocation.getRemainingTimeInMillis() - reserveMs));
  let status: "Succeeded" | "Failed" = "Failed";
  try {
    const { name, version } = await test(props, deploymentId, signal);
    status = "Succeeded";
    log.write("info", "version may take requests", { deploymentId, function: name, version });
  } catch (cause) {
    log.write("error", "version may take no requests", { deploymentId, cause });
  }
  await codeDeploy.send(
    new PutLifecycleEventHookExecutionStatusCommand({ deploymentId, lifecycleEventHookExecutionId, status }),
  );
  return status;
}

async function test(
  { environment, lambda, codeDeploy }: PreTrafficHookProps,
  deploymentId: string,
  signal: AbortSignal,
): Promise<QualifiedFunction> {
  const [{ deploymentInfo = {} }, account] = await Promise.all([
    codeDeploy.send(new GetDeploymentCommand({ deploymentId }), { abortSignal: signal }),
    readProbeAccount(environment),
  ]);
  const shift = await readAppSpec(codeDeploy, deploymentInfo, signal);
  if (!shift) throw new Error(`\`ops release\` did not write the AppSpec of ${deploymentId}.`);
  const candidate = { name: shift.name, version: `${shift.to}` };
  const live = (id: string): QualifiedFunction => {
    const name = functionName(environment, id);
    return name === candidate.name ? candidate : { name, version: liveAlias };
  };
  await checkVersion({ lambda, candidate, auth: live("auth"), api: live("api"), account, signal });
  return candidate;
}
