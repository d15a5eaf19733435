import { expect } from "chai";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { rollback } from "../../../scripts/release/rollback.ts";
import { type StatusOptions, status } from "../../../scripts/release/status.ts";
import { describeWith } from "../../support/real-parts.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";

describeWith("AWS_ENDPOINT_URL", "ops status", () => {
  const staging = new EmulatedEnvironment();

  /** What a command prints: its answers, and beside them what it has to tell. */
  const printed = async (work: () => Promise<void>) => {
    const { log, error } = console;
    const [answers, asides]: [string[], string[]] = [[], []];
    console.log = (line: string) => answers.push(line);
    console.error = (line: string) => asides.push(line);
    await work().finally(() => Object.assign(console, { log, error }));
    return { answer: answers.join("\n"), aside: asides.join("\n") };
  };
  const show = (options: StatusOptions = { environment: "staging" }) => printed(() => status(options));

  before(async () => {
    await staging.create();
    await staging.functions.release("better");
    await staging.functions.release("bad");
  });
  after(() => staging.remove());

  it("shows what runs, and what it could be rolled back to", async () => {
    const { answer } = await show();
    expect(answer).to.match(
      /^staging\n {2}api {3}version 3, archive \S{44}, published 20.*Z\n {2}auth {2}version 3, /,
    );
    expect(answer).to.contain("could be rolled back to: api 2 with auth 2; api 1 with auth 1");
    expect(answer).to.contain("no step was noted yet");
  });

  it("tells who moved what, and when", async () => {
    const before = new Date().toISOString();
    await printed(() => rollback({ environment: "staging", yes: true }));
    const { answer } = await show({ environment: "staging", history: true, json: true });
    const [{ functions, earlier, history }] = JSON.parse(answer);
    expect(functions.map(({ versions, rolledBackFrom }: never) => [versions, rolledBackFrom])).to.deep.equal([
      [[2], 3],
      [[2], 3],
    ]);
    expect(earlier.map(({ api }: { api: number }) => api)).to.deep.equal([1]);
    expect(history.map(({ what }: { what: string }) => what)).to.deep.equal([
      "rollback done",
      "rollback begun",
    ]);
    for (const { at, by, moves, sha256 } of history) {
      expect(at >= before, at).to.equal(true);
      expect(by).to.match(/^arn:aws:sts::\d{12}:assumed-role\/drill\/drill$/);
      expect(moves).to.deep.equal([
        { function: "api", from: [3], to: 2 },
        { function: "auth", from: [3], to: 2 },
      ]);
      expect(sha256).to.equal(functions[0].sha256);
    }
    expect((await show()).answer).to.match(
      /version 2, rolled back from 3.*rollback done: api from 3 to 2, auth/s,
    );
  });

  it("notes nothing where nothing is moved, and says which step stopped", async () => {
    const count = async () => (await new ReleaseLog("staging").read(100)).length;
    const steps = await count();
    await printed(() => rollback({ environment: "staging", yes: true }));
    await printed(() => rollback({ environment: "staging", to: 3, dryRun: true }));
    expect(await count()).to.equal(steps);
    let isFirst = true;
    staging.aws.beforeChange = async () => {
      if (!isFirst) return;
      isFirst = false;
      await rollback({ environment: "staging", to: 1, yes: true });
    };
    await printed(() => rollback({ environment: "staging", to: 3, yes: true }).catch(() => {}));
    const [stopped] = await new ReleaseLog("staging").read(1);
    expect(stopped).to.include({ what: "rollback stopped" });
  });

  it("leaves out the account that the credentials are not of, and says why", async () => {
    const { answer, aside } = await show({ json: true });
    expect(JSON.parse(answer).map(({ environment }: { environment: string }) => environment)).to.deep.equal([
      "staging",
    ]);
    expect(aside).to.match(
      /ecobeat-production-(api|auth) is not known.*Use credentials of the account of production/,
    );
    const refusal = await status({ environment: "production" }).catch(({ message }) => message);
    expect(refusal).to.match(/^What runs as ecobeat-production-(api|auth) is not known/);
  });
});

describeWith("AWS_ENDPOINT_URL", "ops rollback without its log", () => {
  const staging = new EmulatedEnvironment();
  const { error, log } = console;
  before(async () => {
    await staging.create({ releaseLog: false });
    await staging.functions.release("bad");
  });
  after(() => {
    Object.assign(console, { error, log });
    staging.remove();
  });

  it("moves the functions all the same, and says what is not noted", async () => {
    const asides: string[] = [];
    console.error = (line: string) => asides.push(line);
    console.log = () => {};
    await rollback({ environment: "staging", yes: true });
    Object.assign(console, { error, log });
    expect(asides.join("\n")).to.match(
      /^The release log has no line "rollback begun": AWS refused: ResourceNotFound/,
    );
    expect((await staging.functions.routing("auth")).version).to.equal("1");
  });
});
