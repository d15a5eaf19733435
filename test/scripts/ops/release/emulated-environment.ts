import { LambdaClient } from "@aws-sdk/client-lambda";
import { EmulatorAccount } from "../../../../scripts/ops/drill/emulator-account.ts";
import { DrillFunctions } from "../../../../scripts/ops/drill/functions.ts";
import { AliasRevisions } from "./alias-revisions.ts";

/** Staging in an account of the AWS emulator of its own, whose variables this process has until the end. */
export class EmulatedEnvironment {
  readonly revisions = new AliasRevisions(process.env.AWS_ENDPOINT_URL!);
  readonly #original = { ...process.env };
  #functions: DrillFunctions | undefined;
  #lambda: LambdaClient | undefined;

  /** Makes both functions with version 1, and the release log, unless it is to be missing. */
  async create({ releaseLog = true } = {}): Promise<void> {
    const account = await EmulatorAccount.open(await this.revisions.start(), "eu-west-1");
    Object.assign(process.env, account.variables);
    this.#lambda = new LambdaClient(account.client);
    this.#functions = new DrillFunctions("staging", account);
    await this.#functions.create();
    if (releaseLog) await this.#createReleaseLog(account);
  }

  get functions(): DrillFunctions {
    return this.#functions!;
  }

  get lambda(): LambdaClient {
    return this.#lambda!;
  }

  remove(): void {
    this.revisions.stop();
    for (const name of Object.keys(process.env)) if (!(name in this.#original)) delete process.env[name];
    Object.assign(process.env, this.#original);
  }

  /** The emulator looks at the access key to know the account, and at no signature. */
  async #createReleaseLog({ variables }: EmulatorAccount): Promise<void> {
    const credential = `${variables.AWS_ACCESS_KEY_ID}/20260101/eu-west-1/logs/aws4_request`;
    const answer = await fetch(variables.AWS_ENDPOINT_URL, {
      method: "POST",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`,
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Logs_20140328.CreateLogGroup",
      },
      body: JSON.stringify({ logGroupName: "/ecobeat-staging/releases" }),
    });
    if (!answer.ok) throw new Error(`The AWS emulator made no release log: ${await answer.text()}`);
  }
}
