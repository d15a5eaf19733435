import { once } from "node:events";
import { expect } from "chai";
import { readArchive } from "../../../scripts/release/archive.ts";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { describeWith } from "../../support/real-services.ts";
import { expectRefusal, opsProcess } from "../run-ops.ts";
import { createMigrationOutcome } from "./emulated-aws.ts";
import { type ReleasedEnvironment, useReleasedEnvironment } from "./released-environment.ts";

describeWith("AWS_ENDPOINT_URL", "the steps of a release before its traffic", () => {
  const getEnvironment = useReleasedEnvironment();
  let { staging, api, createArguments, release, start, writeArchive } = {} as ReleasedEnvironment;
  beforeEach(() => {
    ({ staging, api, createArguments, release, start, writeArchive } = getEnvironment());
  });

  const migrate = "ecobeat-staging-migrate";
  const preTraffic = "ecobeat-staging-pre-traffic";
  /** Changes of the functions without versions, and those of aliases. */
  const getSteps = () => staging.aws.events.filter((event) => /-(migrate|pre-traffic) |aliases/.test(event));
  const getHash = async (content: string) => (await readArchive(await writeArchive(content))).sha256;
  const traffic = ["ecobeat-staging-api PUT /aliases/live", "ecobeat-staging-auth PUT /aliases/live"];

  it("are the archives of migrate and pre-traffic, then the indexes; the hook finds its archive in place", async () => {
    staging.aws.migrate = async () => createMigrationOutcome("users.email_canonical", "activities.by_day");
    const { hook } = staging.codeDeploy;
    const hookArchives: (string | undefined)[] = [];
    staging.codeDeploy.hook = async (...call) => {
      hookArchives.push(staging.aws.getArchiveHash(preTraffic));
      await hook(...call);
    };
    const { code, output } = await release("new", "--pre-traffic-archive", await writeArchive("hook"));
    const [sha256, hookSha256] = [await getHash("new"), await getHash("hook")];
    expect(output).to.include(`indexes: archive ${sha256}: created users.email_canonical, activities.by_day\n`);
    expect(code).to.equal(0);
    expect(getSteps().slice(0, 3)).to.deep.equal([
      `${migrate} PUT /code`,
      `${preTraffic} PUT /code`,
      `${migrate} runs ${sha256}`,
    ]);
    expect(getSteps().slice(3)).to.have.members(traffic);
    expect(hookArchives).to.deep.equal([hookSha256, hookSha256]);
    const events = await new ReleaseLog("staging").read(2);
    expect(events.map(({ event, createdIndexes }) => [event, createdIndexes])).to.deep.equal([
      ["release succeeded", undefined],
      ["release started", ["users.email_canonical", "activities.by_day"]],
    ]);
    const { output: history } = await opsProcess(["status", "--environment", "staging", "--history"]);
    expect(history).to.match(
      /release started: .*, created the indexes users.email_canonical, activities.by_day, by arn/,
    );
  });

  it("shift no traffic if an index cannot be created, and can be repeated", async () => {
    staging.aws.migrate = async () => ({ errorMessage: "The index users.email_canonical differs" });
    const output = await expectRefusal(release("new"), "[migration-failed]");
    expect(output).to.include(`No traffic was shifted: archive ${await getHash("new")} did not create all indexes.`);
    expect(output).to.match(/users\.email_canonical differs.*\/aws\/lambda\/ecobeat-staging-migrate/);
    expect(staging.codeDeploy.deployments).to.deep.equal([]);
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
    expect(await staging.getEvents()).to.deep.equal([]);

    staging.aws.migrate = async () => createMigrationOutcome();
    const again = await release("new");
    expect(again.output).to.include(`indexes: archive ${await getHash("new")}: all exist\n`);
    expect([again.code, await staging.getLiveVersions()]).to.deep.equal([0, ["2", "2"]]);
    expect(getSteps().filter((step) => step === `${migrate} PUT /code`)).to.have.length(1);
  });

  it("are repeated after an interruption", async () => {
    let interrupt = () => {};
    staging.aws.migrate = async () => {
      interrupt();
      return new Promise(() => {});
    };
    const child = start(await createArguments("new", "--yes"));
    interrupt = () => child.kill("SIGKILL");
    await once(child, "close");
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
    staging.aws.migrate = async () => createMigrationOutcome("users.email_canonical");
    const { code, output } = await release("new");
    expect(output).to.match(/^indexes: archive \S{44}: created users\.email_canonical$/m);
    expect([code, await staging.getLiveVersions()]).to.deep.equal([0, ["2", "2"]]);
  });

  it("name the migrations of documents, which wait until the release is complete", async () => {
    const counts = { read: 0, changed: 0, conflicts: 0 };
    const migrations = (["complete", "in progress", "pending", "of another release"] as const).map((state, index) => ({
      ...{ name: `000${index}-a`, state },
      ...counts,
    }));
    staging.aws.migrate = async () => ({ ...createMigrationOutcome(), migrations });
    const { output } = await release("new");
    expect(output.match(/^migration: .*$/gm)).to.deep.equal([
      "migration: 0001-a is in progress. After the release: npm run ops -- migrate --environment staging",
      "migration: 0002-a is pending. After the release: npm run ops -- migrate --environment staging",
    ]);
  });

  it("leave the archive of pre-traffic as it is, unless another one is named", async () => {
    const before = staging.aws.getArchiveHash(preTraffic);
    expect((await release("new")).code).to.equal(0);
    expect(staging.aws.getArchiveHash(preTraffic)).to.equal(before);
    expect(staging.aws.getArchiveHash(migrate)).to.equal(await getHash("new"));
  });

  it("are refused if another user replaces the archive of migrate in the meantime", async () => {
    staging.aws.migrate = async () => {
      await staging.replaceArchive("migrate", "other");
      return createMigrationOutcome("users.email_canonical");
    };
    await expectRefusal(release("new"), "[migration-archive-replaced]", "Another user has replaced");
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });

  it("give migrate the architecture that Terraform has given api, and leave that of pre-traffic", async () => {
    for (const id of ["api", "auth"]) await staging.replaceArchive(id, "by Terraform", ["arm64"]);
    expect((await release("new", "--pre-traffic-archive", await writeArchive("hook"))).code).to.equal(0);
    const architectures = await Promise.all(
      ["api", "migrate", "pre-traffic"].map((id) => staging.getArchitectures(id)),
    );
    expect(architectures).to.deep.equal([["arm64"], ["arm64"], ["x86_64"]]);
  });

  it("change nothing in a dry run, which names the archives", async () => {
    const { output } = await release("new", "--dry-run", "--pre-traffic-archive", await writeArchive("hook"));
    expect(output).to.match(
      /^migrate: has archive \S{44}; gets that of the release, and creates missing indexes\npre-traffic: gets archive \S{44}$/m,
    );
    expect(staging.aws.events).to.deep.equal([]);
    expect((await release("new", "--dry-run")).output).to.match(/^pre-traffic: keeps its archive$/m);
  });

  it("are refused before anything is uploaded if the environment has no function migrate", async () => {
    await staging.removeFunction("migrate");
    const output = await expectRefusal(release("new"), "[lambda-call-failed]");
    expect(output).to.match(/the archive of ecobeat-staging-migrate is unknown.*deploy ecobeat-staging-service/);
    expect(staging.aws.events).to.deep.equal([]);
  });

  it("take the archive of the hook only with that of the service", async () => {
    const args = ["release", "--environment", "staging", "--pre-traffic-archive", await writeArchive("hook"), "--yes"];
    await expectRefusal(opsProcess(args, api.variables), "[archive-missing]");
  });
});
