import {
  CodeDeployClient,
  CreateDeploymentCommand,
  type DeploymentStatus,
  GetDeploymentCommand,
  ListDeploymentsCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-codedeploy";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import { deploymentApplication, functionName, liveAlias } from "../../stacks/names.ts";
import { describeAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { computeSha256, parseAppSpec, toAppSpec } from "./app-spec.ts";
import type { ReleasedFunction } from "./functions.ts";

/** A deployment of CodeDeploy: it moves one function's alias. */
export interface Deployment {
  readonly id: string;
  readonly status: DeploymentStatus;
  /** The versions that it moves from and to. @default not known: these commands did not begin it */
  readonly versions?: { readonly from: number; readonly to: number };
  /** When it was begun, in ISO 8601. */
  readonly createdAt: string;
  /** Whether it undoes another one. */
  readonly isRollback: boolean;
  /** Why it failed. @default it did not */
  readonly reason?: string;
}

const inProgressStatuses = ["Created", "Queued", "InProgress", "Baking", "Ready"] as const;

/** Whether a deployment goes on. */
export const isInProgress = ({ status }: Deployment): boolean =>
  inProgressStatuses.some((each) => each === status);

/** CodeDeploy's deployments of an environment's functions. */
export class Deployments {
  readonly #environment: DeployedEnvironment;
  readonly #codeDeploy: CodeDeployClient;

  constructor(environment: DeployedEnvironment) {
    this.#environment = environment;
    this.#codeDeploy = new CodeDeployClient({
      region: environments[environment].region,
      requestHandler: createRequestLimits(),
    });
  }

  /**
   * The deployment of a function that goes on: CodeDeploy allows one.
   * @param deadline ends a call that takes too long
   * @throws {ConfigurationError} if AWS refuses
   */
  async findInProgress(id: ReleasedFunction, deadline?: AbortSignal): Promise<Deployment | undefined> {
    const [newest] = await this.#call(`What is deployed as ${id} is not known`, async () => {
      const { deployments = [] } = await this.#codeDeploy.send(
        new ListDeploymentsCommand({ ...this.#group(id), includeOnlyStatuses: [...inProgressStatuses] }),
        deadline && { abortSignal: deadline },
      );
      return deployments;
    });
    return newest === undefined ? undefined : this.get(newest, deadline);
  }

  /**
   * Has CodeDeploy move a function's alias.
   * @returns the deployment's id
   * @throws {ConfigurationError} if another one is under way, or AWS refuses
   */
  create(id: ReleasedFunction, from: number, to: number): Promise<string> {
    const shift = { name: functionName(this.#environment, id), alias: liveAlias, from, to };
    const content = toAppSpec(this.#environment, shift);
    return this.#call(`${shift.name} was not moved`, async () => {
      const { deploymentId } = await this.#codeDeploy.send(
        new CreateDeploymentCommand({
          ...this.#group(id),
          revision: {
            revisionType: "AppSpecContent",
            appSpecContent: { content, sha256: computeSha256(content) },
          },
        }),
      );
      return deploymentId!;
    });
  }

  /** @throws {ConfigurationError} if AWS refuses */
  async get(deploymentId: string, deadline?: AbortSignal): Promise<Deployment> {
    const { deploymentInfo: info = {} } = await this.#call(`How ${deploymentId} goes is not known`, () =>
      this.#codeDeploy.send(
        new GetDeploymentCommand({ deploymentId }),
        deadline && { abortSignal: deadline },
      ),
    );
    const shift = parseAppSpec(info.revision);
    const { code, message } = info.errorInformation ?? {};
    return {
      id: deploymentId,
      status: info.status!,
      ...(shift && { versions: { from: shift.from, to: shift.to } }),
      createdAt: info.createTime!.toISOString(),
      isRollback: info.creator === "codeDeployRollback",
      ...(code && { reason: `${code}: ${message}` }),
    };
  }

  /** Stops a deployment, and has CodeDeploy put the alias back. One that has ended is left. */
  async stop(deploymentId: string, deadline?: AbortSignal): Promise<void> {
    await this.#call(`${deploymentId} was not stopped`, () =>
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

  #group(id: ReleasedFunction) {
    return {
      applicationName: deploymentApplication(this.#environment),
      deploymentGroupName: functionName(this.#environment, id),
    };
  }

  async #call<Answer>(consequence: string, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      throw new ConfigurationError(`${consequence}: ${this.#reason(error)}`, { cause: error });
    }
  }

  #reason(error: unknown): string {
    const { name, message } = error as Error;
    if (name === "DeploymentLimitExceededException") {
      return (
        `somebody else began a deployment just now. ${message}. Look with \`status --history\` who it was; wait until it has ` +
        "ended, and run this again if it is still needed."
      );
    }
    if (name === "ApplicationDoesNotExistException" || name === "DeploymentGroupDoesNotExistException") {
      return (
        `CodeDeploy does not know it. Use credentials of the account of ${this.#environment}; if they are, deploy ` +
        `ecobeat-${this.#environment}-service.`
      );
    }
    return describeAwsFailure("AWS CodeDeploy", error);
  }
}
