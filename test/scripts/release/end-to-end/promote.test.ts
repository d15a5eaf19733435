import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UpdateAliasCommand } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { ReleaseFunctions } from "../../../../scripts/release/functions.ts";
import { ReleaseLog } from "../../../../scripts/release/release-log.ts";
import { describeWith } from "../../../support/real-services.ts";
import { ops } from "../../run-ops.ts";
import { EmulatedAws } from "../emulated-aws.ts";
import { EmulatedEnvironment } from "../emulated-environment.ts";
import { PublicApi } from "./public-api.ts";

describeWith("AWS_ENDPOINT_URL", "rehearsal of a promotion", () => {
  let aws: EmulatedAws;
  let staging: EmulatedEnvironment;
  let production: EmulatedEnvironment;
  let stagingApi: PublicApi;
  let api: PublicApi;
  let folder: string;

  const promote = (...more: string[]) => {
    const { HEALTH_API_KEY, HEALTH_EMAIL, HEALTH_PASSWORD } = stagingApi.variables;
    return ops(["promote", "--api", api.url, "--staging-api", stagingApi.url, ...more], {
      ...api.variables,
      NODE_EXTRA_CA_CERTS: join(folder, "both.pem"),
      STAGING_HEALTH_API_KEY: HEALTH_API_KEY,
      STAGING_HEALTH_EMAIL: HEALTH_EMAIL,
      STAGING_HEALTH_PASSWORD: HEALTH_PASSWORD,
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
      AWS_CONFIG_FILE: join(folder, "config"),
    });
  };
  const live = async () => [
    (await production.functions.getRouting("api")).version,
    (await production.functions.getRouting("auth")).version,
  ];
  /** Moves one function of staging. */
  const point = (version: string) =>
    staging.lambda.send(
      new UpdateAliasCommand({
        FunctionName: "ecobeat-staging-auth",
        Name: "live",
        FunctionVersion: version,
      }),
    );
  const running = async () => (await new ReleaseFunctions("production").read()).api.versions.at(-1)!.sha256;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-promote-"));
    aws = new EmulatedAws(process.env.AWS_ENDPOINT_URL!);
    staging = new EmulatedEnvironment("staging", aws);
    production = new EmulatedEnvironment("production", aws);
    await staging.create();
    await staging.functions.release("tried");
    await new ReleaseLog("staging").append({
      ...{ event: "release done", shifts: [{ function: "api", from: [1], to: 2 }], commit: "c0ffee" },
      sha256: (await new ReleaseFunctions("staging").read()).api.versions.at(-1)!.sha256,
    });
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = staging.account.variables;
    await writeFile(
      join(folder, "credentials"),
      `[ecobeat-staging]\naws_access_key_id=${AWS_ACCESS_KEY_ID}\naws_secret_access_key=${AWS_SECRET_ACCESS_KEY}\n` +
        `aws_session_token=${AWS_SESSION_TOKEN}\n`,
    );
    await writeFile(join(folder, "config"), "");
    await production.create();
    for (const id of ["api", "auth"]) {
      production.codeDeploy.groups[`ecobeat-production-${id}`] = {
        canary: { share: 0.5, isOver: (looks) => looks >= 2 },
      };
    }
    stagingApi = new PublicApi(staging, "staging", "https://staging.ecobeat.app");
    api = new PublicApi(production, "production", "https://ecobeat.app");
    await Promise.all([stagingApi.start(), api.start()]);
    await writeFile(
      join(folder, "both.pem"),
      Buffer.concat([await stagingApi.certificate(), await api.certificate()]),
    );
  });
  after(async () => {
    await production.codeDeploy.waitUntilIdle();
    await Promise.all([stagingApi.stop(), api.stop()]);
    production.remove();
    staging.remove();
    await rm(folder, { recursive: true });
  });

  it("says what it would promote, and promotes nothing before somebody has typed the environment's name", async () => {
    const dry = await promote("--dry-run");
    expect(dry.output).to.match(
      /^api: runs version 1, archive \S{44}\n.*\nto release: archive \S{44}, commit c0ffee$/m,
    );
    const { code, output } = await promote();
    expect([code, await live()]).to.deep.equal([1, ["1", "1"]]);
    expect(output).to.contain("Nothing was released: nobody typed production.");
  });

  it("refuses while an alarm of staging rings, or it is not well from outside, or runs two releases", async () => {
    aws.alarms = ["ecobeat-staging-api-errors", "ecobeat-production-api-errors"];
    expect((await promote("--yes")).output).to.match(
      /^Nothing was promoted: in staging, ecobeat-staging-api-errors rings\./m,
    );
    aws.alarms = [];
    stagingApi.overrides.set("2", (_request, response) => void response.writeHead(503).end("{}"));
    expect((await promote("--yes")).output).to.match(
      /^Nothing was promoted: staging is not well from outside: .*ready: /m,
    );
    stagingApi.overrides.delete("2");
    await point("1");
    expect((await promote("--yes")).output).to.match(
      /^Nothing was promoted: staging runs no single release/m,
    );
    await point("2");
    expect(await live()).to.deep.equal(["1", "1"]);
  });

  it("refuses an archive that came with another sum", async () => {
    const { sha256 } = (await new ReleaseFunctions("production").read()).api.versions.at(-1)!;
    const dry = await promote("--dry-run", "--json");
    const promoted = JSON.parse(
      dry.output.slice(dry.output.indexOf("{"), dry.output.lastIndexOf("\n}") + 2),
    ).sha256;
    const mend = aws.corruptArchive(promoted);
    expect((await promote("--yes")).output).to.match(
      /came with the sum \S{44} in place of \S{44}\. Try again/,
    );
    mend();
    expect(await running()).to.equal(sha256);
  });

  it("releases the very archive of staging, step by step, and loses no request", async () => {
    const asking = api.sendContinuously();
    const { code, output } = await promote("--yes");
    expect((await asking.stop()).failed).to.deep.equal([]);
    expect(output).to.match(/production runs \S{44}\.$/m);
    expect([code, await live()]).to.deep.equal([0, ["2", "2"]]);
    const [newest] = await new ReleaseLog("production").read(1);
    expect(newest).to.include({ what: "release done", commit: "c0ffee", sha256: await running() });
    const told = await ops(["status", "--environment", "production"]);
    expect(told.output).to.match(/ {2}since 20\S+, commit c0ffee\n/);
  });
});
