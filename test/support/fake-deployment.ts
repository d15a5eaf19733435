import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { GetAliasCommand, type LambdaClient, UpdateAliasCommand } from "@aws-sdk/client-lambda";

/** A deployment group of a function. */
export interface FakeDeploymentGroup {
  /**
   * Share of the traffic for the new version in the first step, and whether the second step is due. This depends on the number of
   * polls since the first step: a time would be too short for a slow client. @default all traffic shifts in one step
   */
  readonly canary?: { readonly share: number; isOver(polls: number): boolean };
  /** Names of its alarms. @default none */
  readonly alarms?: readonly string[];
}

/** The content of an AppSpec. */
export interface FakeAppSpec {
  readonly name: string;
  readonly alias: string;
  readonly from: string;
  readonly to: string;
  readonly hook?: string | undefined;
}

/** The event for a hook. */
export interface HookEvent {
  readonly DeploymentId: string;
  readonly LifecycleEventHookExecutionId: string;
}

export type Hook = (event: HookEvent, functionName: string) => Promise<void>;

/** What a deployment depends on. */
export interface FakeEnvironment {
  readonly lambda: LambdaClient;
  readonly hook: Hook;
  /** Whether an alarm of the deployment is in ALARM. */
  readonly isAlarming: () => boolean;
}

type HookResult = "Succeeded" | "Failed";

/** Ends a deployment before its completion. */
class DeploymentEnded extends Error {
  readonly status: "Failed" | "Stopped";
  readonly code: string;
  constructor(status: "Failed" | "Stopped", code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const stepMs = 10;

/** One deployment, as CodeDeploy runs it on Lambda. */
export class FakeDeployment {
  readonly id = `d-${randomBytes(5).toString("hex").toUpperCase().slice(0, 9)}`;
  readonly createTime = Date.now() / 1_000;
  readonly hookExecutionId = randomBytes(16).toString("hex");
  readonly group: string;
  readonly content: string;
  readonly spec: FakeAppSpec;
  readonly creator: "user" | "codeDeployRollback";
  status: "Created" | "InProgress" | "Succeeded" | "Failed" | "Stopped" = "Created";
  errorInformation: { code: string; message: string } | undefined;
  hookResult: HookResult | undefined;
  rollbackInfo: { rollbackDeploymentId?: string; rollbackTriggeringDeploymentId?: string } | undefined;
  stopRequested = false;
  /** Number of polls since the new version gets traffic. */
  polls = 0;

  constructor(group: string, content: string, spec: FakeAppSpec, creator: "user" | "codeDeployRollback") {
    this.group = group;
    this.content = content;
    this.spec = spec;
    this.creator = creator;
  }

  get isInProgress(): boolean {
    return this.status === "Created" || this.status === "InProgress";
  }

  /** @returns whether it succeeded */
  async run(group: FakeDeploymentGroup, { lambda, hook, isAlarming }: FakeEnvironment): Promise<boolean> {
    this.status = "InProgress";
    try {
      await this.#checkAlias(lambda);
      await this.#callHook(hook);
      await this.#shift(lambda, group, isAlarming);
      this.status = "Succeeded";
      return true;
    } catch (error) {
      const { status, code, message } =
        error instanceof DeploymentEnded
          ? error
          : new DeploymentEnded("Failed", "INTERNAL_ERROR", (error as Error).message);
      this.errorInformation = { code, message };
      this.status = status;
      return false;
    }
  }

  /** Shifts all traffic back to the version before a failed deployment. */
  async rollBack(lambda: LambdaClient): Promise<void> {
    this.status = "InProgress";
    await wait(stepMs);
    await shiftTraffic(lambda, this.spec, this.spec.to);
    this.status = "Succeeded";
  }

  async #checkAlias(lambda: LambdaClient): Promise<void> {
    const { name, alias, from } = this.spec;
    const { FunctionVersion } = await lambda
      .send(new GetAliasCommand({ FunctionName: name, Name: alias }))
      .catch((error: Error) => {
        throw new DeploymentEnded("Failed", "INVALID_LAMBDA_FUNCTION", error.message);
      });
    if (FunctionVersion === from) return;
    throw new DeploymentEnded(
      "Failed",
      "INVALID_LAMBDA_CONFIGURATION",
      "The deployment failed because the AppSpec file that specifies the AWS Lambda deployment configuration is missing or has an " +
        "invalid configuration. The Lambda function alias version does not match the current version in AppSpec file.",
    );
  }

  async #callHook(hook: Hook): Promise<void> {
    const { hook: name } = this.spec;
    if (name === undefined) return;
    const event = { DeploymentId: this.id, LifecycleEventHookExecutionId: this.hookExecutionId };
    let isOver = false;
    hook(event, name)
      .finally(() => {
        isOver = true;
      })
      .catch(() => {});
    while (!this.hookResult && !isOver) await this.#pause(() => false);
    if (this.hookResult === "Succeeded") return;
    throw new DeploymentEnded("Failed", "HOOK_EXECUTION_FAILURE", `Lifecycle event BeforeAllowTraffic failed: ${name}`);
  }

  async #shift(lambda: LambdaClient, group: FakeDeploymentGroup, isAlarming: () => boolean): Promise<void> {
    const { from, to } = this.spec;
    await this.#pause(isAlarming);
    if (group.canary) {
      await shiftTraffic(lambda, this.spec, from, { [to]: group.canary.share });
      this.polls = 0;
      while (!group.canary.isOver(this.polls)) await this.#pause(isAlarming);
    }
    await shiftTraffic(lambda, this.spec, to);
  }

  async #pause(isAlarming: () => boolean): Promise<void> {
    await wait(stepMs);
    if (this.stopRequested)
      throw new DeploymentEnded("Stopped", "MANUAL_STOP", "The deployment was stopped by a user.");
    if (isAlarming()) {
      throw new DeploymentEnded("Stopped", "ALARM_ACTIVE", "One or more alarms have been activated.");
    }
  }
}

async function shiftTraffic(
  lambda: LambdaClient,
  { name, alias }: FakeAppSpec,
  version: string,
  weights: Record<string, number> = {},
): Promise<void> {
  await lambda.send(
    new UpdateAliasCommand({
      FunctionName: name,
      Name: alias,
      FunctionVersion: version,
      RoutingConfig: { AdditionalVersionWeights: weights },
    }),
  );
}
