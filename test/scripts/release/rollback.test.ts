import { execFile } from "node:child_process";
import { GetAliasCommand, UpdateAliasCommand } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { type RollbackOptions, rollback } from "../../../scripts/release/rollback.ts";
import { describeWith } from "../../support/real-services.ts";
import { ops } from "../run-ops.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";

/** Runs a command until it is killed. */
const killedBy = (signal: AbortSignal, args: string[]): Promise<void> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", "scripts/ops.ts", ...args],
      { signal, killSignal: "SIGKILL" },
      () => resolve(),
    );
  });

describeWith("AWS_ENDPOINT_URL", "ops rollback", () => {
  const staging = new EmulatedEnvironment();
  const { aws } = staging;

  const run = async (options: Partial<RollbackOptions> = {}) => {
    const lines: string[] = [];
    const output = { log: (line: string) => void lines.push(line), warn: () => {} };
    await rollback({ environment: "staging", yes: true, ...options }, output);
    return lines.join("\n");
  };
  const refusal = (options?: Partial<RollbackOptions>) =>
    run(options).then(
      (printed) => `done: ${printed}`,
      ({ message }) => message,
    );
  const move = (id: string, version: number, weights: Record<string, number> = {}) =>
    staging.lambda.send(
      new UpdateAliasCommand({
        FunctionName: `ecobeat-staging-${id}`,
        Name: "live",
        FunctionVersion: `${version}`,
        RoutingConfig: { AdditionalVersionWeights: weights },
        Description: "",
      }),
    );
  /** Versions that serve, of api and of auth. */
  const live = () =>
    Promise.all(
      ["api", "auth"].map(async (id) => {
        const { FunctionVersion, RoutingConfig } = await staging.lambda.send(
          new GetAliasCommand({ FunctionName: `ecobeat-staging-${id}`, Name: "live" }),
        );
        return [FunctionVersion, ...Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {})].join("+");
      }),
    );

  before(async () => {
    await staging.create();
    await staging.functions.release("better");
    await staging.functions.release("bad");
  });
  beforeEach(async () => {
    aws.beforeChange = async () => {};
    await Promise.all(["api", "auth"].map((id) => move(id, 3)));
  });
  after(() => staging.remove());

  it("puts the release before back, and does nothing more when it is run again", async () => {
    expect(await run()).to.match(/^api: moved from 3 to 2\nauth: moved from 3 to 2\narchive: \S{44}\n/);
    expect(await live()).to.deep.equal(["2", "2"]);
    expect(await run()).to.match(
      /^Nothing was moved: version 2 of api was rolled back to already.*--to: 1, 3/,
    );
    expect(await live()).to.deep.equal(["2", "2"]);
  });

  it("goes further back, and forward again, by the version", async () => {
    await run({ to: 1 });
    expect(await live()).to.deep.equal(["1", "1"]);
    await run({ to: 3 });
    expect(await live()).to.deep.equal(["3", "3"]);
    expect(await run({ to: 3 })).to.match(/^api: is at 3 already\nauth: is at 3 already/);
  });

  it("takes the requests from a release that goes on", async () => {
    await move("api", 2, { 3: 0.1 });
    await move("auth", 2, { 3: 0.1 });
    expect(await run()).to.contain("api: moved from 2 and 3 to 2");
    expect(await live()).to.deep.equal(["2", "2"]);
  });

  it("ends what was interrupted between the functions", async () => {
    const signal = new AbortController();
    aws.beforeChange = async (name) => {
      if (!name.endsWith("auth")) return;
      signal.abort();
      await new Promise(() => {});
    };
    await killedBy(signal.signal, ["rollback", "--environment", "staging", "--yes"]);
    expect(await live()).to.deep.equal(["2", "3"]);
    aws.beforeChange = async () => {};
    expect(await run()).to.match(/^api: is at 2 already\nauth: moved from 3 to 2/);
    expect(await live()).to.deep.equal(["2", "2"]);
  });

  it("lets one of two operators win, and tells the other", async () => {
    let isFirst = true;
    aws.beforeChange = async () => {
      if (!isFirst) return;
      isFirst = false;
      await run({ to: 1 });
    };
    expect(await refusal()).to.match(
      /^ecobeat-staging-api was not moved: somebody else moved it in the meantime. Ask/,
    );
    expect(await live()).to.deep.equal(["1", "1"]);
  });

  it("moves nothing in a dry run, nor before somebody has typed yes", async () => {
    expect(await run({ dryRun: true, yes: false })).to.contain("api: would move from 3 to 2");
    expect(await refusal({ yes: false })).to.match(
      /^Nothing was moved: nobody typed yes. Type yes, or give --yes/,
    );
    expect(await live()).to.deep.equal(["3", "3"]);
  });

  it("is one command, and prints JSON for machines", async () => {
    const { code, output } = await ops(["rollback", "--environment", "staging", "--yes", "--json"]);
    expect(code).to.equal(0);
    const { functions, release } = JSON.parse(output.slice(0, output.lastIndexOf("\n}") + 2));
    expect(functions).to.deep.equal([
      { function: "api", from: [3], to: 2, outcome: "moved" },
      { function: "auth", from: [3], to: 2, outcome: "moved" },
    ]);
    expect(release).to.include({ api: 2, auth: 2 });
  });

  it("says what to do about a wrong version, a wrong environment, and functions that are not there", async () => {
    expect(await refusal({ to: 9 })).to.match(/^Nothing was moved: there is no version 9 of api/);
    expect(await refusal({ environment: "production" })).to.match(
      /^What runs as ecobeat-production-(api|auth) is not known.*there is no such function.*deploy ecobeat-production-service\.$/,
    );
    expect((await ops(["rollback", "--environment", "prod"])).output).to.contain("staging, production");
  });
});

describe("ops rollback without credentials", () => {
  it("says so, and what to do", async () => {
    const { code, output } = await ops(["rollback", "--environment", "staging", "--yes"], {
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_PROFILE: "",
      AWS_CONFIG_FILE: "/nonexistent",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
      AWS_EC2_METADATA_DISABLED: "true",
    });
    expect(code).to.equal(1);
    expect(output).to.match(/nothing was moved: There are no AWS credentials .*aws sso login/);
  });
});
