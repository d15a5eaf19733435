import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  type Architecture,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  type Runtime,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { zip } from "../../../scripts/build/archive.ts";
import { createRole, type EmulatorAccount, openEmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import { DrillFunctions } from "../../../scripts/drill/functions.ts";
import { releasedFunctions, unversionedFunctions } from "../../../scripts/release/functions.ts";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import { getEnvironment } from "../../../stacks/environments/index.ts";
import { releaseLogName } from "../../../stacks/names.ts";
import { FakeCodeDeploy } from "../../support/fake-code-deploy.ts";
import type { FakeDeploymentGroup } from "../../support/fake-deployment.ts";
import { setVariables } from "../../support/variables.ts";
import { EmulatedAws } from "./emulated-aws.ts";

/** An environment in its own account of the AWS emulator. This process has the account's variables until `remove`. */
export class EmulatedEnvironment {
  readonly name: DeployedEnvironment;
  readonly aws: EmulatedAws;
  account!: EmulatorAccount;
  functions!: DrillFunctions;
  #restore = () => {};
  #lambda!: LambdaClient;

  /** @param aws @default an emulator without other environments */
  constructor(name: DeployedEnvironment = "staging", aws = new EmulatedAws(process.env.AWS_ENDPOINT_URL!)) {
    this.name = name;
    this.aws = aws;
  }

  /** Creates the functions, those that are released with version 1, CodeDeploy's groups, and the release log unless a test needs it missing. */
  async create({ releaseLog = true } = {}): Promise<void> {
    this.account = await openEmulatorAccount(await this.aws.start(), "eu-west-1");
    this.#restore = setVariables(this.account.variables);
    this.#lambda = new LambdaClient(this.account.clientConfig);
    this.functions = new DrillFunctions(this.name, this.account);
    await this.functions.create();
    await this.#createUnversionedFunctions();
    this.aws.codeDeploy = new FakeCodeDeploy(`ecobeat-${this.name}`, {}, this.#lambda);
    this.aws.codeDeploy.firingAlarms = () => this.aws.alarms;
    for (const id of releasedFunctions) this.setDeploymentGroup(id, {});
    if (!releaseLog) return;
    await new CloudWatchLogsClient(this.account.clientConfig).send(
      new CreateLogGroupCommand({ logGroupName: releaseLogName(this.name) }),
    );
  }

  get codeDeploy(): FakeCodeDeploy {
    return this.aws.codeDeploy!;
  }

  /** Versions that get traffic, of `api` and of `auth`, such as `["1+2", "1"]`. */
  getLiveVersions(): Promise<string[]> {
    return Promise.all(
      releasedFunctions.map(async (id) => {
        const [version, [other]] = await this.getRouting(id);
        return other === undefined ? version : `${version}+${other}`;
      }),
    );
  }

  /** Replaces the archive of a function, as another user or Terraform would. @param Architectures @default the same as before */
  async replaceArchive(id: string, content: string, Architectures?: Architecture[]): Promise<void> {
    const ZipFile = zip({ "index.js": Buffer.from(content) });
    const FunctionName = `ecobeat-${this.name}-${id}`;
    await this.#lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, Architectures }));
  }

  /** Changes a setting of a function, as Terraform would. */
  async setMemory(id: string, MemorySize: number): Promise<void> {
    const FunctionName = `ecobeat-${this.name}-${id}`;
    await this.#lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize }));
  }

  async getArchitectures(id: string): Promise<string[]> {
    const FunctionName = `ecobeat-${this.name}-${id}`;
    return (await this.#lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).Architectures!;
  }

  async removeFunction(id: string): Promise<void> {
    await this.#lambda.send(new DeleteFunctionCommand({ FunctionName: `ecobeat-${this.name}-${id}` }));
  }

  /** The version of an alias, and another one with its share, if there is one. */
  async getRouting(id: string): Promise<[version: string, other: [version: string, share: number] | []]> {
    const { FunctionVersion, RoutingConfig } = await this.#lambda.send(
      new GetAliasCommand({ FunctionName: `ecobeat-${this.name}-${id}`, Name: "live" }),
    );
    const [other = []] = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
    return [FunctionVersion!, other as [string, number] | []];
  }

  /** Updates the alias of a function, as another user would. */
  async updateAlias(id: string, version: number, weights: Record<string, number> = {}): Promise<void> {
    await this.#lambda.send(
      new UpdateAliasCommand({
        FunctionName: `ecobeat-${this.name}-${id}`,
        Name: "live",
        FunctionVersion: `${version}`,
        RoutingConfig: { AdditionalVersionWeights: weights },
        Description: "",
      }),
    );
  }

  /** Lets CodeDeploy shift traffic in two steps. @param isOver whether the second step is due, by the number of polls */
  setCanary(isOver: (polls: number) => boolean): void {
    for (const id of releasedFunctions) this.setDeploymentGroup(id, { canary: { share: 0.5, isOver } });
  }

  setDeploymentGroup(id: string, group: FakeDeploymentGroup): void {
    const prefix = `ecobeat-${this.name}`;
    const alarms = [`${prefix}-${id}-errors`, `${prefix}-rest-api-failures`];
    this.codeDeploy.groups[`${prefix}-${id}`] = { alarms, ...group };
  }

  /** Creates the functions that a release updates before the traffic, with an archive of an earlier release. */
  async #createUnversionedFunctions(): Promise<void> {
    const Role = await createRole(this.account, `ecobeat-${this.name}-unversioned`);
    const Runtime = getEnvironment(this.name).functions.runtime as Runtime;
    for (const id of unversionedFunctions) {
      const Code = { ZipFile: zip({ "index.js": Buffer.from(`first ${id}`) }) };
      const FunctionName = `ecobeat-${this.name}-${id}`;
      await this.#lambda.send(
        new CreateFunctionCommand({ FunctionName, Runtime, Handler: "index.handler", Role, Code }),
      );
    }
  }

  /** The events of the release log, oldest first. */
  async getEvents(): Promise<string[]> {
    return (await new ReleaseLog(this.name).read(20)).map(({ event }) => event).reverse();
  }

  remove(): void {
    this.aws.stop();
    this.#restore();
  }
}
