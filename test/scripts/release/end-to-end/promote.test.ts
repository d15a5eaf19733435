import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { ProvenanceStatement } from "../../../../scripts/build/provenance.ts";
import { git } from "../../../../scripts/git-mirror/git.ts";
import { ReleaseFunctions } from "../../../../scripts/release/functions.ts";
import { ReleaseLog } from "../../../../scripts/release/release-log.ts";
import { promotionStatements } from "../../../../stacks/deploy-permissions/workflow-permissions.ts";
import { describeWith } from "../../../support/real-services.ts";
import { useTemporaryFolder } from "../../../support/temporary-folder.ts";
import { setVariables } from "../../../support/variables.ts";
import { opsProcess } from "../../run-ops.ts";
import { findDeniedRequests, toReleaseTarget } from "../denied-requests.ts";
import { createMigrationOutcome, EmulatedAws } from "../emulated-aws.ts";
import { EmulatedEnvironment } from "../emulated-environment.ts";
import { healthVariables, PublicApi } from "../public-api.ts";
import { createStatedArchive } from "../stated-archive.ts";

describeWith("AWS_ENDPOINT_URL", "a promotion from end to end", () => {
  const getFolder = useTemporaryFolder();
  let aws: EmulatedAws;
  let staging: EmulatedEnvironment;
  let production: EmulatedEnvironment;
  let stagingApi: PublicApi;
  let api: PublicApi;
  /** Hash of staging's archive. */
  let promoted: string;
  /** The commit of this checkout. */
  let commit: string;
  let statements: ProvenanceStatement[];

  /** Promotes with the bytes of a build that is not repeated: these archives are none. */
  const promote = (...more: string[]) => promoteWith({}, "--no-rebuild", ...more);
  const promoteWith = async (variables: Readonly<Record<string, string>>, ...more: string[]) => {
    const inFolder = (name: string) => join(getFolder(), name);
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = staging.account.variables;
    await writeFile(
      inFolder("credentials"),
      `[ecobeat-staging]\naws_access_key_id=${AWS_ACCESS_KEY_ID}\naws_secret_access_key=${AWS_SECRET_ACCESS_KEY}\n` +
        `aws_session_token=${AWS_SESSION_TOKEN}\n`,
    );
    await writeFile(inFolder("both.pem"), Buffer.concat([stagingApi.certificate, api.certificate]));
    return opsProcess(["promote", "--api", api.url, "--from-api", stagingApi.url, ...more], {
      ...healthVariables,
      ...Object.fromEntries(Object.entries(healthVariables).map(([name, value]) => [`STAGING_${name}`, value])),
      NODE_EXTRA_CA_CERTS: inFolder("both.pem"),
      AWS_SHARED_CREDENTIALS_FILE: inFolder("credentials"),
      AWS_CONFIG_FILE: inFolder("config"),
      ...variables,
    });
  };
  const getNewestArchive = async (environment: "staging" | "production") =>
    (await new ReleaseFunctions(environment).read()).api.versions.at(-1)!.sha256;

  before(async () => {
    aws = new EmulatedAws(process.env.AWS_ENDPOINT_URL!);
    staging = new EmulatedEnvironment("staging", aws);
    production = new EmulatedEnvironment("production", aws);
    await staging.create();
    commit = (await git(".", "rev-parse", "HEAD")).trim();
    const lockfile = await git(".", "show", "HEAD:package-lock.json");
    const service = createStatedArchive("tried", commit, lockfile, "argon2");
    const hook = createStatedArchive("hook of staging", commit, lockfile, "zod", "pre-traffic");
    promoted = service.sha256;
    const functions = new ReleaseFunctions("staging");
    for (const id of ["api", "auth"] as const) await staging.updateAlias(id, await functions.publish(id, service));
    await functions.replaceArchive("pre-traffic", hook);
    await new ReleaseLog("staging").append({
      event: "release succeeded",
      shifts: [{ function: "api", from: [1], to: 2 }],
      commit,
      sha256: promoted,
    });
    statements = [service.statement, hook.statement];
    await production.create();
    production.setCanary((polls) => polls >= 2);
    stagingApi = new PublicApi(staging);
    api = new PublicApi(production);
    await Promise.all([stagingApi.start(), api.start()]);
  });
  after(async () => {
    await production.codeDeploy.waitUntilIdle();
    await Promise.all([stagingApi.stop(), api.stop()]);
    production.remove();
    staging.remove();
  });

  it("is refused for a release that has no statement of provenance", async () => {
    const { code, output } = await promote("--dry-run");
    expect(code).to.equal(1);
    expect(output).to.include(`no statement of provenance for ${promoted}`).and.include("[provenance-missing]");
    const restore = setVariables(staging.account.variables);
    await new ReleaseLog("staging").appendStatements(statements);
    restore();
  });

  it("prints its plan, and changes nothing until the environment's name is typed", async () => {
    const dry = await promote("--dry-run");
    expect(dry.output).to.match(
      new RegExp(`^api: runs version 1, archive \\S{44}\\n.*\\nto release: archive \\S{44}, commit ${commit}$`, "m"),
    );
    // Production's credentials are in variables, and staging's in a profile.
    expect(dry.output).to.not.contain("Multiple credential sources");
    const { code, output } = await promote();
    expect([code, await production.getLiveVersions()]).to.deep.equal([1, ["1", "1"]]);
    expect(output).to.match(/there is no terminal to answer from.*\[not-confirmed\]/);
  });

  it("is refused while staging has an alarm in ALARM, fails its smoke tests, or runs two releases", async () => {
    aws.alarms = ["ecobeat-staging-api-errors", "ecobeat-production-api-errors"];
    expect((await promote("--yes")).output).to.match(
      /in ALARM: ecobeat-staging-api-errors\. .*\[promoted-alarm-firing\]/,
    );
    aws.alarms = [];
    stagingApi.overrides.set("2", (_request, response) => void response.writeHead(503).end("{}"));
    expect((await promote("--yes")).output).to.match(/ready: .*\[promoted-smoke-tests-failed\]/);
    stagingApi.overrides.delete("2");
    await staging.updateAlias("auth", 1);
    expect((await promote("--yes")).output).to.include("[promoted-release-incomplete]");
    await staging.updateAlias("auth", 2);
    expect(await production.getLiveVersions()).to.deep.equal(["1", "1"]);
  });

  it("is refused for an archive with another hash", async () => {
    const sha256 = await getNewestArchive("production");
    const repair = aws.corruptArchive(promoted);
    expect((await promote("--yes")).output).to.match(/hash is \S{44}, not \S{44}\..*\[archive-not-downloaded\]/);
    repair();
    expect(await getNewestArchive("production")).to.equal(sha256);
  });

  it("is refused for an archive of the pre-traffic hook with another hash", async () => {
    const repair = aws.corruptArchive(aws.getArchiveHash("ecobeat-staging-pre-traffic")!);
    const { output } = await promote("--yes");
    expect(output).to.match(/ecobeat-staging-pre-traffic:\$LATEST was not downloaded.*\[archive-not-downloaded\]/);
    repair();
  });

  it("is refused while an alarm of production is in ALARM, unless that is overridden", async () => {
    aws.alarms = ["ecobeat-production-api-errors"];
    expect((await promote("--yes")).output).to.match(/in ALARM: ecobeat-production-api-errors\. .*\[alarm-firing\]/);
    const { code, output } = await promote("--override-alarms", "--dry-run");
    expect([code, output]).to.satisfy(
      () => code === 0 && output.includes("api-errors; the new deployments ignore them"),
    );
    aws.alarms = [];
  });

  it("builds the commit again, and is refused if that fails", async () => {
    const userconfig = join(getFolder(), "npmrc");
    await writeFile(userconfig, "fetch-retries=0\n");
    const withoutRegistry = {
      npm_config_userconfig: userconfig,
      npm_config_cache: join(getFolder(), "cache"),
      npm_config_registry: "http://127.0.0.1:9/",
    };
    const { code, output } = await promoteWith(withoutRegistry, "--yes");
    expect(output).to.include(`building commit ${commit} again`).and.include("npm ci").and.include("[rebuild-failed]");
    expect([code, await production.getLiveVersions()]).to.deep.equal([1, ["1", "1"]]);
  });

  it("releases staging's archives in steps, creates indexes first, and loses no request", async () => {
    const seen: (string | undefined)[][] = [];
    const names = ["migrate", "pre-traffic"];
    const note = () => void seen.push(names.map((name) => aws.getArchiveHash(`ecobeat-production-${name}`)));
    aws.migrate = async () => {
      note();
      return createMigrationOutcome("users.email_canonical");
    };
    const { hook } = production.codeDeploy;
    production.codeDeploy.hook = (...call) => {
      note();
      return hook(...call);
    };
    aws.requests.length = 0;
    const load = api.sendContinuously();
    const { code, output } = await promote("--yes");
    expect((await load.stop()).failed).to.deep.equal([]);
    expect(output).to.match(/production runs \S{44}\.$/m);
    expect(output).to.include(`indexes: archive ${promoted}: created users.email_canonical\n`);
    const expected = [promoted, aws.getArchiveHash("ecobeat-staging-pre-traffic")];
    expect(seen).to.deep.equal([expected, expected, expected]);
    expect([code, await production.getLiveVersions()]).to.deep.equal([0, ["2", "2"]]);
    const [newest] = await new ReleaseLog("production").read(1);
    const sha256 = await getNewestArchive("production");
    expect(newest).to.include({ event: "release succeeded", commit, sha256 });
    expect((await new ReleaseLog("production").readStatements()).map(({ statement }) => statement)).to.deep.equal(
      statements.toReversed(),
    );
    const ofStaging = aws.requests.filter(({ url }) => url.includes("ecobeat-staging"));
    const target = toReleaseTarget("staging");
    expect(ofStaging).to.have.length.greaterThan(4);
    expect(findDeniedRequests(target, promotionStatements(target), ofStaging)).to.deep.equal([]);
    const status = await opsProcess(["status", "--environment", "production"]);
    expect(status.output).to.match(new RegExp(` {2}since 20\\S+, commit ${commit}\n`));
  });
});
