import {
  type AlarmConfiguration,
  CodeDeployClient,
  CreateDeploymentCommand,
  type DeploymentInfo,
  type DeploymentStatus,
  GetDeploymentCommand,
  GetDeploymentGroupCommand,
  paginateListDeployments,
  StopDeploymentCommand,
} from "@aws-sdk/client-codedeploy";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { deploymentApplication, functionName, liveAlias } from "../../stacks/names.ts";
import { describeMissingService, explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError, type Reason } from "../cli/errors.ts";
import { computeSha256, readAppSpec, toAppSpec } from "./app-spec.ts";
import type { ReleasedFunction } from "./functions.ts";

/** A deployment of CodeDeploy, which updates the alias of one function. */
export interface Deployment {
  readonly id: string;
  readonly status: DeploymentStatus;
  /** In ISO 8601. */
  readonly createdAt: string;
  /** Whether it undoes another deployment. */
  readonly isRollback: boolean;
  /** Why it failed. @default it has not failed */
  readonly reason?: string;
  /** Id of the deployment with which CodeDeploy rolls it back. @default there is none, or not yet */
  readonly rollbackId?: string;
}

/** A deployment that has not ended, with the traffic that it shifts. */
export interface InProgressDeployment extends Deployment {
  /** @default unknown: another program created the deployment */
  readonly versions?: { readonly from: number; readonly to: number };
}

const inProgressStatuses = ["Created", "Queued", "InProgress", "Baking", "Ready"] as const;

export const isInProgress = ({ status }: Deployment): boolean => inProgressStatuses.some((each) => each === status);

/**
 * CodeDeploy's deployments of an environment's functions.
 * Each method throws an {@link OperatorError} if AWS refuses the call.
 */
export class Deployments {
  readonly #environment: DeployedEnvironment;
  readonly #codeDeploy: CodeDeployClient;

  constructor(environment: DeployedEnvironment) {
    this.#environment = environment;
    this.#codeDeploy = new CodeDeployClient({
      region: getEnvironment(environment).region,
      requestHandler: createRequestLimits(),
    });
  }

  /**
   * The deployment of a function that is in progress: CodeDeploy allows one.
   * @param deadline aborts a call that takes too long
   */
  async findInProgress(id: ReleasedFunction, deadline?: AbortSignal): Promise<InProgressDeployment | undefined> {
    const newest = await this.#call(`The deployments of ${id} are unknown.`, async () => {
      const pages = paginateListDeployments(
        { client: this.#codeDeploy },
        { ...this.#toGroup(id), includeOnlyStatuses: [...inProgressStatuses] },
        deadline && { abortSignal: deadline },
      );
      for await (const { deployments = [] } of pages) if (deployments[0]) return deployments[0];
      return undefined;
    });
    if (newest === undefined) return undefined;
    const info = await this.#describe(newest, deadline);
    const update = await this.#call(`The AppSpec of the deployment ${newest} is unknown.`, () =>
      readAppSpec(this.#codeDeploy, info, deadline),
    );
    return { ...toDeployment(info), ...(update && { versions: { from: update.from, to: update.to } }) };
  }

  /** The alarms that stop the deployments of a function. */
  async getAlarms(id: ReleasedFunction, deadline?: AbortSignal): Promise<AlarmConfiguration> {
    const { deploymentGroupInfo } = await this.#call(`The alarms of ${id} are unknown.`, () =>
      this.#codeDeploy.send(new GetDeploymentGroupCommand(this.#toGroup(id)), deadline && { abortSignal: deadline }),
    );
    return deploymentGroupInfo?.alarmConfiguration ?? {};
  }

  /**
   * Starts to shift the traffic of a function.
   * @param overrideAlarmConfiguration the alarms that stop this deployment. @default those of the deployment group
   * @returns the deployment's id
   * @throws {OperatorError} if another deployment is in progress, or the caller may not override alarms
   */
  async create(
    { function: id, from, to }: { readonly function: ReleasedFunction; readonly from: number; readonly to: number },
    overrideAlarmConfiguration?: AlarmConfiguration,
  ): Promise<string> {
    const name = functionName(this.#environment, id);
    const content = toAppSpec(this.#environment, { name, alias: liveAlias, from, to });
    const { deploymentId } = await this.#call(`The traffic of ${name} was not shifted.`, () =>
      this.#codeDeploy.send(
        new CreateDeploymentCommand({
          ...this.#toGroup(id),
          revision: { revisionType: "AppSpecContent", appSpecContent: { content, sha256: computeSha256(content) } },
          overrideAlarmConfiguration,
        }),
      ),
    );
    return deploymentId!;
  }

  async get(deploymentId: string, deadline?: AbortSignal): Promise<Deployment> {
    return toDeployment(await this.#describe(deploymentId, deadline));
  }

  /** Stops a deployment, and lets CodeDeploy roll the alias back. Ignores a deployment that has ended. */
  async stop(deploymentId: string, deadline?: AbortSignal): Promise<void> {
    await this.#call(`The deployment ${deploymentId} was not stopped.`, () =>
      this.#codeDeploy
        .send(
          new StopDeploymentCommand({ deploymentId, autoRollbackEnabled: true }),
          deadline && { abortSignal: deadline },
        )
        .catch((error: Error) => {
          if (error.name !== "DeploymentAlreadyCompletedException") throw error;
        }),
    );
  }

  async #describe(deploymentId: string, deadline: AbortSignal | undefined): Promise<DeploymentInfo> {
    const { deploymentInfo } = await this.#call(`The status of the deployment ${deploymentId} is unknown.`, () =>
      this.#codeDeploy.send(new GetDeploymentCommand({ deploymentId }), deadline && { abortSignal: deadline }),
    );
    return deploymentInfo!;
  }

  #toGroup(id: ReleasedFunction) {
    return {
      applicationName: deploymentApplication(this.#environment),
      deploymentGroupName: functionName(this.#environment, id),
    };
  }

  async #call<Output>(what: string, call: () => Promise<Output>): Promise<Output> {
    try {
      return await call();
    } catch (error) {
      const { why, action } = this.#explain(error as Error);
      throw new OperatorError("codedeploy-call-failed", { what, why, action, cause: error });
    }
  }

  #explain(error: Error): Reason {
    if (error.name === "DeploymentLimitExceededException") {
      return {
        why: `Another user has just started a deployment: ${error.message}.`,
        action:
          "`npm run ops -- status --history` names the user. When that deployment has ended, run the command again if you still need it.",
      };
    }
    if (/^(Application|DeploymentGroup)DoesNotExistException$/.test(error.name)) {
      return {
        why: "CodeDeploy does not have the application or the deployment group.",
        action: describeMissingService(this.#environment),
      };
    }
    if (error.name.startsWith("AccessDenied") && error.message.includes("codedeploy:UpdateDeploymentGroup")) {
      return {
        why: `AWS refused the call: ${error.message}.`,
        action:
          "Only the role for overriding alarms may do this: see docs/workflows.md. Use its workflow, or its credentials.",
      };
    }
    return explainAwsFailure("AWS CodeDeploy", error);
  }
}

function toDeployment(info: DeploymentInfo): Deployment {
  const { code, message } = info.errorInformation ?? {};
  const { rollbackDeploymentId } = info.rollbackInfo ?? {};
  return {
    id: info.deploymentId!,
    status: info.status!,
    createdAt: info.createTime!.toISOString(),
    isRollback: info.creator === "codeDeployRollback",
    ...(code && { reason: `${code}: ${message}` }),
    ...(rollbackDeploymentId && { rollbackId: rollbackDeploymentId }),
  };
}
