import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  type Runtime,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import { functionName, liveAlias, toGlobalName } from "../../stacks/names.ts";
import { zip } from "../build/archive.ts";
import type { EmulatorAccount } from "./emulator-account.ts";

const functionIds = ["api", "auth"] as const;
type FunctionId = (typeof functionIds)[number];

/** What API Gateway and Lambda know about a function. */
export interface Routing {
  /** The version that `live` points to. */
  readonly version: string;
  /** Without reserved concurrency Lambda throttles all requests. */
  readonly hasConcurrency: boolean;
}

/** The functions of an environment on the emulator, which stores versions and aliases, and runs no code. */
export class DrillFunctions {
  readonly #environment: DeployedEnvironment;
  readonly #account: EmulatorAccount;
  readonly #lambda: LambdaClient;

  constructor(environment: DeployedEnvironment, account: EmulatorAccount) {
    this.#environment = environment;
    this.#account = account;
    this.#lambda = new LambdaClient(account.clientConfig);
  }

  /** Publishes the first version of each function, and points `live` to it. */
  async create(): Promise<void> {
    const RoleName = toGlobalName(`ecobeat-${this.#environment}-api`, environments[this.#environment]);
    await new IAMClient(this.#account.clientConfig).send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
          ],
        }),
      }),
    );
    const { runtime, reservedConcurrency } = environments[this.#environment].functions;
    for (const id of functionIds) {
      await this.#lambda.send(
        new CreateFunctionCommand({
          FunctionName: this.#name(id),
          Runtime: runtime as Runtime,
          Handler: "index.handler",
          Role: `arn:aws:iam::${this.#account.id}:role/${RoleName}`,
          Code: { ZipFile: archive("good") },
          Publish: true,
        }),
      );
      await this.#lambda.send(
        new CreateAliasCommand({ FunctionName: this.#name(id), Name: liveAlias, FunctionVersion: "1" }),
      );
      await this.setConcurrency(id, reservedConcurrency[id]);
    }
  }

  /**
   * Publishes another version of each function, and points `live` to it.
   * @param content content of its archive
   */
  async release(content: string): Promise<void> {
    for (const id of functionIds) {
      const { Version } = await this.#lambda.send(
        new UpdateFunctionCodeCommand({
          FunctionName: this.#name(id),
          ZipFile: archive(content),
          Publish: true,
        }),
      );
      await this.#lambda.send(
        new UpdateAliasCommand({ FunctionName: this.#name(id), Name: liveAlias, FunctionVersion: Version! }),
      );
    }
  }

  /** @param executions reserved concurrency; 0 throttles all requests */
  async setConcurrency(id: FunctionId, executions: number): Promise<void> {
    await this.#lambda.send(
      new PutFunctionConcurrencyCommand({
        FunctionName: this.#name(id),
        ReservedConcurrentExecutions: executions,
      }),
    );
  }

  async getRouting(id: FunctionId): Promise<Routing> {
    const FunctionName = this.#name(id);
    const [{ FunctionVersion }, { ReservedConcurrentExecutions }] = await Promise.all([
      this.#lambda.send(new GetAliasCommand({ FunctionName, Name: liveAlias })),
      this.#lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    ]);
    return { version: FunctionVersion!, hasConcurrency: ReservedConcurrentExecutions !== 0 };
  }

  async remove(): Promise<void> {
    for (const id of functionIds) {
      await this.#lambda.send(new DeleteFunctionCommand({ FunctionName: this.#name(id) })).catch(() => {});
    }
  }

  #name(id: FunctionId): string {
    return functionName(this.#environment, id);
  }
}

const archive = (content: string): Uint8Array => zip({ "index.js": new TextEncoder().encode(content) });
