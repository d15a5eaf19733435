import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
} from "@aws-sdk/client-kms";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import type { RotationStep } from "../../../scripts/cli/rotation-commands.ts";
import { openEmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import { minPublishedSeconds, minRetainedSeconds } from "../../../scripts/signing-keys/rotation.ts";
import { type KeysOptions, runKeys } from "../../../scripts/signing-keys/run-keys.ts";
import { EnvironmentKeys } from "../../../scripts/signing-keys/staged-keys.ts";
import type { StagedKeyArns } from "../../../service/contract.ts";
import { expectCode } from "../../support/errors.ts";
import { startPagingAws } from "../../support/paging-aws.ts";
import { describeWith } from "../../support/real-services.ts";
import { setVariables } from "../../support/variables.ts";

describeWith("AWS_ENDPOINT_URL", "ops keys", () => {
  const [region, Name] = ["eu-west-1", "/ecobeat/staging/jwt-signing-keys"];
  const Tags = [
    { TagKey: "use", TagValue: "jwt-signing" },
    { TagKey: "Name", TagValue: "ecobeat-staging-jwt" },
  ];
  let aws: Awaited<ReturnType<typeof startPagingAws>>;
  let kms: KMSClient;
  let ssm: SSMClient;
  let restore: () => void;
  const now = Date.now();
  /** Seconds that pass during a command. */
  let passed = 0;
  let printed: string[];

  const run = async (command: RotationStep, seconds = 0, options: Partial<KeysOptions> = {}) => {
    printed = [];
    await runKeys(
      command,
      { environment: "staging", yes: true, ...options },
      (line) => printed.push(line),
      () => now + (seconds + passed) * 1000,
    );
    return printed.join("\n");
  };
  /** Runs a step with `--dry-run`, which must call only what reads. */
  const plan = async (command: RotationStep, seconds = 0) => {
    const before = [await readStages(), (await kms.send(new ListKeysCommand({}))).Keys];
    const lines = await run(command, seconds, { dryRun: true });
    expect([await readStages(), (await kms.send(new ListKeysCommand({}))).Keys]).to.deep.equal(before);
    return lines;
  };
  const expectRefused = (code: string, command: RotationStep, seconds = 0) =>
    expectCode(code, () => run(command, seconds));
  const readStages = async (): Promise<StagedKeyArns> =>
    JSON.parse((await ssm.send(new GetParameterCommand({ Name }))).Parameter!.Value!);
  const writeStages = (keys: StagedKeyArns) =>
    ssm.send(new PutParameterCommand({ Name, Value: JSON.stringify(keys), Type: "String", Overwrite: true }));
  const createKey = async () => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY", Tags }),
    );
    return KeyMetadata!.Arn!;
  };
  /** The AWS emulator accepts only the id. */
  const toKeyId = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);
  const isEnabled = async (arn: string) =>
    (await kms.send(new DescribeKeyCommand({ KeyId: arn }))).KeyMetadata!.Enabled;

  before(async () => {
    aws = await startPagingAws();
    const account = await openEmulatorAccount(aws.url, region);
    [kms, ssm] = [new KMSClient(account.clientConfig), new SSMClient(account.clientConfig)];
    restore = setVariables(account.variables);
  });
  after(() => {
    restore();
    aws.stop();
  });

  it("is refused without a key", () => expectRefused("signing-keys-not-deployed", "list"));

  it("takes a key through all stages, and refuses each step that is too early or out of order", async () => {
    const current = await createKey();
    await writeStages({ current });
    expect(await run("list")).to.match(/^current {2}arn:\S+ {2}kid [\w-]{43}\nNo rotation is in progress\.$/);
    await expectRefused("next-key-missing", "promote");

    expect(await plan("rotate")).to.contain(`would create a key like ${current}, and publish it\n`);
    expect(await run("rotate")).to.match(
      /^created .*, and published it\nnext .*\ncurrent .*\n`keys promote` is due at /,
    );
    const { next } = await readStages();
    expect(next).to.not.equal(current);
    await expectRefused("key-step-too-early", "promote", minPublishedSeconds - 10);

    expect(await plan("promote", minPublishedSeconds + 10)).to.contain(
      `would let ${next} sign in place of ${current}\n`,
    );
    expect(await run("promote", minPublishedSeconds + 10)).to.contain(`let ${next} sign in place of ${current}\n`);
    expect(await readStages())
      .to.include({ current: next, previous: current })
      .and.not.have.property("next");
    await expectRefused("key-step-too-early", "retire", minPublishedSeconds + minRetainedSeconds);

    const planned = await plan("retire", minPublishedSeconds + minRetainedSeconds + 20);
    expect(planned).to.contain(`would withdraw and disable ${current}\n`);
    await run("retire", minPublishedSeconds + minRetainedSeconds + 20);
    expect(await readStages())
      .to.include({ current: next })
      .and.not.have.property("previous");
    expect([await isEnabled(current), await isEnabled(next!)]).to.deep.equal([false, true]);
  });

  it("replaces all keys immediately if one is compromised, and disables each", async () => {
    const { current } = await readStages();
    const [next, previous] = [await createKey(), await createKey()];
    await writeStages({ current, next, previous, changedAt: new Date(now).toISOString() });
    await expectCode("not-confirmed", () => run("revoke", 0, { yes: false }));
    expect(await plan("revoke")).to.match(
      new RegExp(`would create a key like ${current}\nwould disable ${next}.*\nwould disable ${previous}.*\nwould let`),
    );
    expect(await run("revoke")).to.match(/is withdrawn.*within a minute.*keys retire/);
    const revoked = await readStages();
    expect(revoked).to.have.all.keys("current", "retired", "changedAt");
    expect(revoked.retired).to.equal(current);
    expect(revoked.current).to.not.be.oneOf([current, next, previous]);
    expect([await isEnabled(next), await isEnabled(previous)]).to.deep.equal([false, false]);

    await expectRefused("withdrawn-key-not-disabled", "revoke");
    await run("retire");
    expect([await isEnabled(current), await isEnabled(revoked.current)]).to.deep.equal([false, true]);
    expect(await readStages()).to.not.have.property("retired");
  });

  it("completes an interrupted `revoke`, and creates no second key", async () => {
    const { current } = await readStages();
    await writeStages({ current, previous: await createKey() });
    const { write } = EnvironmentKeys.prototype;
    EnvironmentKeys.prototype.write = async () => {
      EnvironmentKeys.prototype.write = write;
      throw new Error("interrupted");
    };
    await expectRefused("keys-command-incomplete", "revoke");
    const left = await new EnvironmentKeys("staging", region).createReplacementKey(current);
    await run("revoke");
    expect((await readStages()).current).to.equal(left);
    await run("retire");
  });

  it("reuses the key that an interrupted rotation has created", async () => {
    const before = await readStages();
    const aliases = async () =>
      (await kms.send(new ListAliasesCommand({}))).Aliases!.filter(
        ({ AliasName }) => AliasName === "alias/ecobeat-staging-jwt-replacement",
      );
    const interrupted = new EnvironmentKeys("staging", region);
    const left = await interrupted.createReplacementKey(before.current);
    expect(await aliases()).to.have.length(1);
    await run("rotate", 10_000);
    expect((await readStages()).next).to.equal(left);
    expect(await aliases()).to.have.length(0);
  });

  it("lists a key without a stage as unassigned, until it is disabled", async () => {
    const left = await createKey();
    expect(await run("list")).to.contain(`\nunassigned  ${left}  enabled\n`);
    await kms.send(new DisableKeyCommand({ KeyId: toKeyId(left) }));
    expect(await run("list")).to.not.contain("unassigned");
  });

  it("records when a stage changed, not when the command started", async () => {
    await writeStages({ current: await createKey() });
    const { createReplacementKey } = EnvironmentKeys.prototype;
    EnvironmentKeys.prototype.createReplacementKey = async function (model) {
      passed = 100;
      return createReplacementKey.call(this, model);
    };
    await run("rotate").finally(() => {
      EnvironmentKeys.prototype.createReplacementKey = createReplacementKey;
      passed = 0;
    });
    expect((await readStages()).changedAt).to.equal(new Date(now + 100_000).toISOString());
  });

  for (const [what, leaving] of [
    ["has just started", "previous"],
    ["resumes after an interruption", "retired"],
  ] as const) {
    it(`never undoes another user's rotation during a suspended \`retire\` that ${what}`, async () => {
      const [old, signing] = [await createKey(), await createKey()];
      await writeStages({ current: signing, [leaving]: old });
      const { disable } = EnvironmentKeys.prototype;
      EnvironmentKeys.prototype.disable = async function (arn) {
        EnvironmentKeys.prototype.disable = disable;
        await run("retire");
        await run("rotate");
        await run("promote", minPublishedSeconds);
        await disable.call(this, arn);
      };
      await expectRefused("key-stages-changed", "retire");
      const { current, previous } = await readStages();
      expect(previous).to.equal(signing);
      expect(current).to.not.be.oneOf([old, signing]);
    });
  }

  it("overwrites no change of another user", async () => {
    const keys = new EnvironmentKeys("staging", region);
    const read = await keys.read();
    const written = await keys.write(read.keys, read);
    expect(await keys.read()).to.deep.equal(written);
    await expectCode("key-stages-changed", () => keys.write(read.keys, read));
    expect(await keys.read()).to.deep.equal(written);
  });

  it("detects a change of another user at the same instant", async () => {
    const keys = new EnvironmentKeys("staging", region);
    const read = await keys.read();
    keys.read = async () => {
      await writeStages(read.keys);
      return read;
    };
    await expectCode("key-stages-changed-concurrently", () => keys.write(read.keys, read));
  });
});
