import { Lambda, type Runtime } from "@aws-sdk/client-lambda";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { functionName, liveAlias, toGlobalName } from "../../stacks/names.ts";
import { zip } from "../build/archive.ts";
import { type ReleasedFunction, releasedFunctions } from "../release/functions.ts";
import { createRole, type EmulatorAccount } from "./emulator-account.ts";

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
  readonly #lambda: Lambda;

  /** @param endpoint of Lambda. @default the account's */
  constructor(environment: DeployedEnvironment, account: EmulatorAccount, endpoint = account.clientConfig.endpoint) {
    this.#environment = environment;
    this.#account = account;
    this.#lambda = new Lambda({ ...account.clientConfig, endpoint });
  }

  /** Publishes the first version of each function, and points `live` to it. */
  async create(): Promise<void> {
    const name = toGlobalName(`${toNamePrefix(this.#environment)}-api`, getEnvironment(this.#environment));
    const Role = await createRole(this.#account, name);
    const { runtime, reservedConcurrency } = getEnvironment(this.#environment).functions;
    for (const id of releasedFunctions) {
      const FunctionName = functionName(this.#environment, id);
      await this.#lambda.createFunction({
        FunctionName,
        Runtime: runtime as Runtime,
        Handler: "index.handler",
        Role,
        Code: { ZipFile: createArchive("good") },
        Publish: true,
      });
      await this.#lambda.createAlias({ FunctionName, Name: liveAlias, FunctionVersion: "1" });
      await this.setConcurrency(id, reservedConcurrency[id]);
    }
  }

  /**
   * Publishes another version of each function, and points `live` to it.
   * @param content content of its archive
   */
  async release(content: string): Promise<void> {
    for (const id of releasedFunctions) {
      const FunctionName = functionName(this.#environment, id);
      const code = { FunctionName, ZipFile: createArchive(content), Publish: true };
      const { Version } = await this.#lambda.updateFunctionCode(code);
      await this.#lambda.updateAlias({ FunctionName, Name: liveAlias, FunctionVersion: Version! });
    }
  }

  /** @param executions reserved concurrency; 0 throttles all requests */
  async setConcurrency(id: ReleasedFunction, executions: number): Promise<void> {
    await this.#lambda.putFunctionConcurrency({
      FunctionName: functionName(this.#environment, id),
      ReservedConcurrentExecutions: executions,
    });
  }

  /** @returns the reserved concurrency. @default none is reserved */
  async getReserved(id: ReleasedFunction): Promise<number | undefined> {
    const FunctionName = functionName(this.#environment, id);
    return (await this.#lambda.getFunctionConcurrency({ FunctionName })).ReservedConcurrentExecutions;
  }

  async getRouting(id: ReleasedFunction): Promise<Routing> {
    const FunctionName = functionName(this.#environment, id);
    const [{ FunctionVersion }, reserved] = await Promise.all([
      this.#lambda.getAlias({ FunctionName, Name: liveAlias }),
      this.getReserved(id),
    ]);
    return { version: FunctionVersion!, hasConcurrency: reserved !== 0 };
  }

  async remove(): Promise<void> {
    for (const id of releasedFunctions) {
      const FunctionName = functionName(this.#environment, id);
      await this.#lambda.deleteFunction({ FunctionName }).catch(() => {});
    }
  }
}

const createArchive = (content: string): Uint8Array => zip({ "index.js": new TextEncoder().encode(content) });
