import {
  type CodeDeployClient,
  GetDeploymentCommand,
  PutLifecycleEventHookExecutionStatusCommand,
} from "@aws-sdk/client-codedeploy";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { readParameters } from "../../../service/cloud/parameters.ts";
import { ConfigurationError } from "../../../service/config.ts";
import { type DeployedEnvironment, parameterPath } from "../../../service/contract.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import { functionName, liveAlias } from "../../../stacks/names.ts";
import { parseAppSpec } from "../app-spec.ts";
import { checkVersion, type QualifiedFunction } from "./check-version.ts";
import { type ProbeAccount, probeAccountParameter } from "./contract.ts";

/** What CodeDeploy calls the function with. */
export interface HookEvent {
  readonly DeploymentId: string;
  readonly LifecycleEventHookExecutionId: string;
}

/** What Lambda hands it beside that. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export interface PreTrafficHookProps {
  readonly environment: DeployedEnvironment;
  readonly codeDeploy: CodeDeployClient;
  readonly lambda: LambdaClient;
  readonly log: Logger;
}

/** Enough to tell CodeDeploy, with a second try. */
const reserveMs = 10_000;

/** Tries a new version before it gets a request, and tells CodeDeploy whether it may have any. */
export class PreTrafficHook {
  readonly #props: PreTrafficHookProps;

  constructor(props: PreTrafficHookProps) {
    this.#props = props;
  }

  /**
   * @returns what CodeDeploy was told; why, is in the log
   * @throws if CodeDeploy could not be told: it then waits for an hour, unless Lambda's next try succeeds
   */
  async run(event: HookEvent, invocation: LambdaContext): Promise<"Succeeded" | "Failed"> {
    const { DeploymentId: deploymentId, LifecycleEventHookExecutionId: lifecycleEventHookExecutionId } =
      event;
    const { codeDeploy, log } = this.#props;
    const signal = AbortSignal.timeout(Math.max(0, invocation.getRemainingTimeInMillis() - reserveMs));
    let status: "Succeeded" | "Failed" = "Failed";
    try {
      const { name, version } = await this.#try(deploymentId, signal);
      status = "Succeeded";
      log.write("info", "version may take requests", { deploymentId, function: name, version });
    } catch (cause) {
      log.write("error", "version may take no requests", { deploymentId, cause });
    }
    await codeDeploy.send(
      new PutLifecycleEventHookExecutionStatusCommand({
        deploymentId,
        lifecycleEventHookExecutionId,
        status,
      }),
    );
    return status;
  }

  async #try(deploymentId: string, signal: AbortSignal): Promise<QualifiedFunction> {
    const { environment, lambda } = this.#props;
    const [tried, account] = await Promise.all([this.#versionOf(deploymentId, signal), this.#account()]);
    const live = (id: string): QualifiedFunction => {
      const name = functionName(environment, id);
      return name === tried.name ? tried : { name, version: liveAlias };
    };
    await checkVersion({ lambda, candidate: tried, auth: live("auth"), api: live("api"), account, signal });
    return tried;
  }

  async #versionOf(deploymentId: string, abortSignal: AbortSignal): Promise<QualifiedFunction> {
    const { deploymentInfo } = await this.#props.codeDeploy.send(new GetDeploymentCommand({ deploymentId }), {
      abortSignal,
    });
    const shift = parseAppSpec(deploymentInfo?.revision);
    if (!shift)
      throw new ConfigurationError(`The AppSpec of ${deploymentId} is none that \`ops release\` writes.`);
    return { name: shift.name, version: String(shift.to) };
  }

  async #account(): Promise<ProbeAccount> {
    const { environment } = this.#props;
    const parameterOf = await readParameters(environment, [probeAccountParameter]);
    try {
      return JSON.parse(parameterOf(probeAccountParameter));
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      // Without the cause, which shows the value.
      throw new ConfigurationError(
        `The SSM parameter ${parameterPath(environment, probeAccountParameter)} is no JSON. Delete it, and make it anew with ` +
          "`npm run ops -- secrets create`.",
      );
    }
  }
}
