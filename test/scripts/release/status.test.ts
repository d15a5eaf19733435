import { expect } from "chai";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { type RollbackOptions, rollback } from "../../../scripts/release/rollback.ts";
import { type EnvironmentStatus, formatStatus, getStatus } from "../../../scripts/release/status.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import { describeWith } from "../../support/real-services.ts";
import { ops } from "../run-ops.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";

describeWith("AWS_ENDPOINT_URL", "ops status", () => {
  const staging = new EmulatedEnvironment();

  const show = async (environment?: DeployedEnvironment) => {
    const warnings: string[] = [];
    const found = await getStatus(environment, (line) => warnings.push(line));
    return { found, warnings: warnings.join("\n") };
  };
  /** What people see of staging. */
  const shown = async () => {
    const { found } = await show("staging");
    return found.flatMap((each) => formatStatus(each, false)).join("\n");
  };
  const rollBack = (options: Partial<RollbackOptions> = {}) =>
    rollback({ environment: "staging", yes: true, ...options }, { log: () => {}, warn: () => {} });

  before(async () => {
    await staging.create();
    await staging.functions.release("better");
    await staging.functions.release("bad");
  });
  after(() => staging.remove());

  it("shows what runs, and what it could be rolled back to", async () => {
    const answer = await shown();
    expect(answer).to.match(
      /^staging\n {2}api {3}version 3, archive \S{44}, published 20.*Z\n {2}auth {2}version 3, /,
    );
    expect(answer).to.contain("could be rolled back to: api 2 with auth 2; api 1 with auth 1");
    expect(answer).to.contain("no step was noted yet");
  });

  it("tells who moved what, and when", async () => {
    const before = new Date().toISOString();
    await rollBack();
    const [{ functions, olderReleases, history = [] }] = (await show("staging")).found as [EnvironmentStatus];
    expect(functions.map(({ versions, rolledBackFrom }) => [versions, rolledBackFrom])).to.deep.equal([
      [[2], 3],
      [[2], 3],
    ]);
    expect(olderReleases.map(({ api }) => api)).to.deep.equal([1]);
    expect(history.map(({ event }) => event)).to.deep.equal(["rollback done", "rollback begun"]);
    for (const { at, by, shifts, sha256 } of history) {
      expect(at >= before, at).to.equal(true);
      expect(by).to.match(/^arn:aws:sts::\d{12}:assumed-role\/drill\/drill$/);
      expect(shifts).to.deep.equal([
        { function: "api", from: [3], to: 2 },
        { function: "auth", from: [3], to: 2 },
      ]);
      expect(sha256).to.equal(functions[0]!.sha256);
    }
    expect(await shown()).to.match(/version 2, rolled back from 3.*rollback done: api from 3 to 2, auth/s);
  });

  it("prints JSON, with the history only where it is asked for", async () => {
    const printed = async (...more: string[]) =>
      JSON.parse(
        (
          await ops(["status", "--environment", "staging", "--json", ...more], {
            NODE_NO_WARNINGS: "1",
          })
        ).output,
      );
    const { found } = await show("staging");
    expect(await printed("--history")).to.deep.equal(found);
    expect((await printed())[0])
      .to.include({ environment: "staging" })
      .and.not.have.property("history");
  });

  it("notes nothing where nothing is moved, and says which step stopped", async () => {
    const count = async () => (await new ReleaseLog("staging").read(100)).length;
    const steps = await count();
    await rollBack();
    await rollBack({ to: 3, yes: false, dryRun: true });
    expect(await count()).to.equal(steps);
    let isFirst = true;
    staging.aws.beforeChange = async () => {
      if (!isFirst) return;
      isFirst = false;
      await rollBack({ to: 1 });
    };
    await rollBack({ to: 3 }).catch(() => {});
    const [stopped] = await new ReleaseLog("staging").read(1);
    expect(stopped).to.include({ what: "rollback stopped" });
  });

  it("leaves out the account that the credentials are not of, and says why", async () => {
    const { found, warnings } = await show();
    expect(found.map(({ environment }) => environment)).to.deep.equal(["staging"]);
    expect(warnings).to.match(
      /ecobeat-production-(api|auth) is not known.*Use credentials of the account of production/,
    );
    const refusal = await show("production").catch(({ message }) => message);
    expect(refusal).to.match(/^What runs as ecobeat-production-(api|auth) is not known/);
  });
});

describeWith("AWS_ENDPOINT_URL", "ops rollback without its log", () => {
  const staging = new EmulatedEnvironment();
  before(async () => {
    await staging.create({ releaseLog: false });
    await staging.functions.release("bad");
  });
  after(() => staging.remove());

  it("moves the functions all the same, and says what is not noted", async () => {
    const warnings: string[] = [];
    const output = { log: () => {}, warn: (line: string) => void warnings.push(line) };
    await rollback({ environment: "staging", yes: true }, output);
    expect(warnings.join("\n")).to.match(
      /^The release log has no line "rollback begun": AWS refused the call: ResourceNotFound/,
    );
    expect((await staging.functions.getRouting("auth")).version).to.equal("1");
  });
});
