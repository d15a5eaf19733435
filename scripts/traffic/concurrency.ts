import {
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  type ProvisionedConcurrencyStatusEnum,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  paginateListProvisionedConcurrencyConfigs,
} from "@aws-sdk/client-lambda";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { functionName } from "../../stacks/names.ts";
import { describeMissingService, explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError, type Reason } from "../cli/errors.ts";
import { poll } from "../cli/polling.ts";
import { delayMs } from "../release/deploy-context.ts";
import type { ReleasedFunction } from "../release/functions.ts";

/** Provisioned concurrency of an alias or a version. */
export interface ProvisionedConcurrency {
  /** Name of the alias, or number of the version. */
  readonly qualifier: string;
  readonly executions: number;
  readonly status: ProvisionedConcurrencyStatusEnum;
  /** Why Lambda could not allocate it. @default it has not failed */
  readonly failure?: string;
}

/** How many requests a function processes at a time. */
export interface Concurrency {
  /** With 0, Lambda throttles all requests. @default none: only the account limits the function */
  readonly reserved?: number;
  readonly provisioned: readonly ProvisionedConcurrency[];
}

/** Lambda applies a change of one limit to the check of the other one within seconds. */
const settleTimeoutMs = 60_000;

/**
 * Reserved and provisioned concurrency of an environment's functions.
 * Each method throws an {@link OperatorError} if a function does not exist, or AWS refuses the call.
 */
export class FunctionConcurrency {
  readonly #environment: DeployedEnvironment;
  readonly #lambda: LambdaClient;

  constructor(environment: DeployedEnvironment) {
    const { region } = getEnvironment(environment);
    this.#environment = environment;
    this.#lambda = new LambdaClient({ region, requestHandler: createRequestLimits() });
  }

  read(id: ReleasedFunction): Promise<Concurrency> {
    const FunctionName = functionName(this.#environment, id);
    return this.#call(`The concurrency of ${FunctionName} is unknown.`, async () => {
      const [{ ReservedConcurrentExecutions: reserved }, provisioned] = await Promise.all([
        this.#lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
        this.#listProvisioned(FunctionName),
      ]);
      return { provisioned, ...(reserved !== undefined && { reserved }) };
    });
  }

  async reserve(id: ReleasedFunction, executions: number): Promise<void> {
    const FunctionName = functionName(this.#environment, id);
    await this.#call(`${FunctionName} was not changed.`, () => this.#reserve(FunctionName, executions));
  }

  /**
   * Lets Lambda throttle all requests.
   *
   * Lambda refuses a reserved concurrency below the provisioned one. Application Auto Scaling can provision again between the two
   * calls, so this deletes and reserves until both are 0. From then on Lambda refuses what Auto Scaling requests:
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  async reserveNone(id: ReleasedFunction): Promise<void> {
    const FunctionName = functionName(this.#environment, id);
    await this.#call(`${FunctionName} was not stopped.`, () =>
      this.#untilSettled(
        () => this.#reserve(FunctionName, 0),
        ({ name }) => name === "InvalidParameterValueException",
        async () => {
          for (const { qualifier } of await this.#listProvisioned(FunctionName))
            await this.#remove(FunctionName, qualifier);
        },
      ),
    );
  }

  /** Lambda allocates it within minutes, while the function already processes requests. */
  async provision(id: ReleasedFunction, qualifier: string, executions: number): Promise<void> {
    const FunctionName = functionName(this.#environment, id);
    const input = { FunctionName, Qualifier: qualifier, ProvisionedConcurrentExecutions: executions };
    await this.#call(`${FunctionName} has no provisioned concurrency.`, () =>
      this.#untilSettled(
        () => this.#lambda.send(new PutProvisionedConcurrencyConfigCommand(input)),
        // Lambda still checks against the reserved concurrency of a moment ago.
        ({ message }) => /reservedConcurrentExecution/i.test(message),
      ),
    );
  }

  async removeProvisioned(id: ReleasedFunction, qualifier: string): Promise<void> {
    const FunctionName = functionName(this.#environment, id);
    await this.#call(`The provisioned concurrency of ${FunctionName} was not deleted.`, () =>
      this.#remove(FunctionName, qualifier),
    );
  }

  async #reserve(FunctionName: string, ReservedConcurrentExecutions: number): Promise<void> {
    await this.#lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  }

  async #remove(FunctionName: string, Qualifier: string): Promise<void> {
    await this.#lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
  }

  async #listProvisioned(FunctionName: string): Promise<ProvisionedConcurrency[]> {
    const found: ProvisionedConcurrency[] = [];
    const pages = paginateListProvisionedConcurrencyConfigs({ client: this.#lambda }, { FunctionName });
    for await (const { ProvisionedConcurrencyConfigs = [] } of pages) {
      for (const each of ProvisionedConcurrencyConfigs) {
        found.push({
          qualifier: each.FunctionArn!.split(":").at(-1)!,
          executions: each.RequestedProvisionedConcurrentExecutions!,
          status: each.Status!,
          ...(each.Status === "FAILED" && { failure: each.StatusReason ?? "AWS gives no reason" }),
        });
      }
    }
    return found;
  }

  /** Repeats a call that Lambda refuses for a limit that has just changed. @param prepare runs before each further attempt */
  async #untilSettled(
    call: () => Promise<unknown>,
    isUnsettled: (error: Error) => boolean,
    prepare: () => Promise<void> = async () => {},
  ): Promise<void> {
    const deadline = Date.now() + settleTimeoutMs;
    await poll(
      async (number) => {
        try {
          if (number > 1) await prepare();
          await call();
          return true;
        } catch (error) {
          if (!isUnsettled(error as Error) || Date.now() > deadline) throw error;
          return undefined;
        }
      },
      { delayMs },
    );
  }

  async #call<Output>(what: string, call: () => Promise<Output>): Promise<Output> {
    try {
      return await call();
    } catch (error) {
      const { why, action } = this.#explain(error as Error);
      throw new OperatorError("concurrency-call-failed", { what, why, action, cause: error });
    }
  }

  #explain(error: Error): Reason {
    if (error.name === "ResourceNotFoundException") {
      return { why: "The function or its alias does not exist.", action: describeMissingService(this.#environment) };
    }
    // https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    if (/alias with weights/i.test(error.message)) {
      return {
        why: "A deployment splits the traffic between two versions, and Lambda then provisions no concurrency.",
        action: "Wait until the deployment has ended, or roll it back. Then run the command again.",
      };
    }
    return explainAwsFailure("AWS Lambda", error);
  }
}
