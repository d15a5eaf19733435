import { KMS } from "@aws-sdk/client-kms";
import { SSM } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import type { RotationStep } from "../../../scripts/cli/rotation-commands.ts";
import { openEmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import { EnvironmentPepper } from "../../../scripts/pepper/environment-pepper.ts";
import { minDistributedSeconds, minRetainedSeconds } from "../../../scripts/pepper/rotation.ts";
import { type PepperOptions, runPepper } from "../../../scripts/pepper/run-pepper.ts";
import { listPeppers, readPeppers } from "../../../service/auth/peppers.ts";
import { dataKeyAlias } from "../../../stacks/names.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { setVariables } from "../../support/variables.ts";

describe("A rotation of the pepper", () => {
  it("takes the times that docs/pepper.md and the runbook say", () => {
    expect(minDistributedSeconds).to.equal(3 * 60);
    expect(minRetainedSeconds).to.equal(60 * 24 * 60 * 60 + minDistributedSeconds);
  });
});

describeWith("AWS_ENDPOINT_URL", "ops pepper", () => {
  const [region, Name] = ["eu-west-1", "/ecobeat/staging/refresh-token-pepper"];
  const first = Buffer.alloc(32, 1).toString("base64");
  let ssm: SSM;
  let KeyId: string;
  let restore: () => void;
  let now = Date.parse("2026-11-30T05:00:00Z");
  const log: string[] = [];

  const run = async (command: RotationStep, options: Partial<PepperOptions> = {}) => {
    const lines: string[] = [];
    const result = await runPepper(
      command,
      { environment: "staging", yes: true, ...options },
      (line) => lines.push(line),
      () => now,
    );
    log.push(...lines, JSON.stringify(result));
    return { lines: lines.join("\n"), stages: result.stages, next: result.next?.command };
  };
  const write = (Value: string) => ssm.putParameter({ Name, Value, Type: "SecureString", KeyId, Overwrite: true });
  const read = async () => (await ssm.getParameter({ Name, WithDecryption: true })).Parameter!;
  const readStages = async () => readPeppers((await read()).Value!)!;
  const expectRefused = async (code: string, command: RotationStep, options: Partial<PepperOptions> = {}) => {
    const { Version } = await read();
    await expectCode(code, () => run(command, options));
    expect((await read()).Version).to.equal(Version);
  };

  before(async () => {
    const account = await openEmulatorAccount(process.env.AWS_ENDPOINT_URL!, region);
    ssm = new SSM(account.clientConfig);
    const kms = new KMS(account.clientConfig);
    KeyId = dataKeyAlias("staging");
    const TargetKeyId = (await kms.createKey({})).KeyMetadata!.KeyId!;
    await kms.createAlias({ AliasName: KeyId, TargetKeyId });
    restore = setVariables(account.variables);
  });
  after(() => restore());

  it("is refused without a pepper, and with one that is malformed", async () => {
    await expectCode("pepper-not-created", () => run("list"));
    await write("no base64!");
    await expectRefused("pepper-malformed", "rotate");
  });

  it("takes a pepper through all stages, and refuses each step that is too early or out of order", async () => {
    await write(first);
    expect((await run("list")).lines).to.equal("stages: current; changed never\nNo rotation is in progress.");
    await expectRefused("next-pepper-missing", "promote");
    await expectRefused("previous-pepper-missing", "retire");

    const planned = await run("rotate", { dryRun: true });
    expect(planned.lines).to.contain("would store a new pepper").and.contain("No rotation is in progress.");
    expect((await read()).Value).to.equal(first);
    expect(await run("rotate")).to.deep.include({ stages: ["next", "current"], next: "promote" });
    const { current: old, next } = await readStages();
    expect(old.toString("base64")).to.equal(first);
    expect(next).to.have.length(32);
    await expectRefused("pepper-awaits-promotion", "rotate");

    now += (minDistributedSeconds - 1) * 1_000;
    await expectRefused("pepper-step-too-early", "promote");
    now += 1_000;
    expect((await run("list")).lines).to.contain("`pepper promote` is due now.");
    expect(await run("promote")).to.deep.include({ stages: ["current", "previous"], next: "retire" });
    expect(await readStages()).to.deep.equal({ current: next, next: undefined, previous: old });
    await expectRefused("pepper-awaits-retirement", "rotate");

    now += (minRetainedSeconds - 1) * 1_000;
    await expectRefused("pepper-step-too-early", "retire");
    now += 1_000;
    expect(await run("retire")).to.deep.include({ stages: ["current"], next: undefined });
    expect(listPeppers(await readStages())).to.deep.equal([next]);
    const { Type } = await read();
    expect(Type).to.equal("SecureString");
  });

  it("replaces all peppers in an emergency, after a confirmation", async () => {
    await run("rotate");
    const before = listPeppers(await readStages());
    await expectRefused("not-confirmed", "revoke", { yes: false });
    expect((await run("revoke", { dryRun: true, yes: false })).lines).to.contain("would store a new pepper alone");
    expect(listPeppers(await readStages())).to.deep.equal(before);
    expect((await run("revoke")).lines).to.contain("all sessions end");
    const [current, ...others] = listPeppers(await readStages());
    expect(others).to.deep.equal([]);
    for (const pepper of before) expect(current).to.not.deep.equal(pepper);
  });

  it("refuses a step if the stages do not say when they changed", async () => {
    const [a, b] = [2, 3].map((byte) => Buffer.alloc(32, byte).toString("base64"));
    await write(`${a};${JSON.stringify({ next: b })}`);
    await expectRefused("pepper-step-too-early", "promote");
    expect((await run("list")).lines).to.contain("`pepper promote` is due at an unknown time.");
  });

  it("refuses a change of stages that another user has changed since, and reports one at the same time", async () => {
    const pepper = new EnvironmentPepper("staging", region);
    const snapshot = await pepper.read();
    await write(first);
    await expectCode("pepper-stages-changed", () => pepper.write(snapshot.peppers, snapshot));
    expect((await read()).Value).to.equal(first);
    // The other write comes right after the check.
    pepper.read = async () => snapshot;
    await expectCode("pepper-stages-changed-concurrently", () => pepper.write(snapshot.peppers, snapshot));
  });

  it("shows no pepper", async () => {
    expect(log).to.have.length.above(10);
    const { Parameters } = await ssm.getParameterHistory({ Name, WithDecryption: true });
    const values = Parameters!.flatMap(({ Value }) => Value!.match(/[A-Za-z0-9+/]{43}=/g) ?? []);
    expect(values).to.have.length.above(5);
    for (const value of values) expect(log.join("\n")).not.to.contain(value);
  });
});
