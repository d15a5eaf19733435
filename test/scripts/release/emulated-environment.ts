import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { EmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import { DrillFunctions } from "../../../scripts/drill/functions.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import { releaseLogName } from "../../../stacks/names.ts";
import { FakeCodeDeploy } from "../../support/fake-code-deploy.ts";
import { setVariables } from "../../support/variables.ts";
import { EmulatedAws } from "./emulated-aws.ts";

/** An environment in an account of the AWS emulator of its own, whose variables this process has until the end. */
export class EmulatedEnvironment {
  readonly aws: EmulatedAws;
  readonly #name: DeployedEnvironment;
  #putBack = () => {};
  #account: EmulatorAccount | undefined;
  #functions: DrillFunctions | undefined;
  #lambda: LambdaClient | undefined;

  /** @param aws @default an emulator that no other environment is in */
  constructor(name: DeployedEnvironment = "staging", aws = new EmulatedAws(process.env.AWS_ENDPOINT_URL!)) {
    this.#name = name;
    this.aws = aws;
  }

  /** Makes both functions with version 1, CodeDeploy's groups, and the release log, unless it is to be missing. */
  async create({ releaseLog = true } = {}): Promise<void> {
    this.#account = await EmulatorAccount.open(await this.aws.start(), "eu-west-1");
    this.#putBack = setVariables(this.#account.variables);
    this.#lambda = new LambdaClient(this.#account.clientConfig);
    this.#functions = new DrillFunctions(this.#name, this.#account);
    await this.#functions.create();
    this.aws.codeDeploy = new FakeCodeDeploy({
      application: `ecobeat-${this.#name}`,
      groups: { [`ecobeat-${this.#name}-api`]: {}, [`ecobeat-${this.#name}-auth`]: {} },
      lambda: this.#lambda,
    });
    if (!releaseLog) return;
    await new CloudWatchLogsClient(this.#account.clientConfig).send(
      new CreateLogGroupCommand({ logGroupName: releaseLogName(this.#name) }),
    );
  }

  get functions(): DrillFunctions {
    return this.#functions!;
  }

  get lambda(): LambdaClient {
    return this.#lambda!;
  }

  get codeDeploy(): FakeCodeDeploy {
    return this.aws.codeDeploy!;
  }

  get account(): EmulatorAccount {
    return this.#account!;
  }

  remove(): void {
    this.aws.stop();
    this.#putBack();
  }
}
