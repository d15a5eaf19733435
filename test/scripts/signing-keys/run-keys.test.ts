import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { EmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import { minPublishedSeconds, minRetainedSeconds } from "../../../scripts/signing-keys/rotation.ts";
import { type KeysCommand, runKeys } from "../../../scripts/signing-keys/run-keys.ts";
import { EnvironmentKeys } from "../../../scripts/signing-keys/staged-keys.ts";
import type { StagedKeyArns } from "../../../service/contract.ts";
import { describeWith } from "../../support/real-services.ts";
import { setVariables } from "../../support/variables.ts";

describeWith("AWS_ENDPOINT_URL", "ops keys", () => {
  const [region, Name] = ["eu-west-1", "/ecobeat/staging/jwt-signing-keys"];
  const Tags = [
    { TagKey: "use", TagValue: "jwt-signing" },
    { TagKey: "Name", TagValue: "ecobeat-staging-jwt" },
  ];
  let kms: KMSClient;
  let ssm: SSMClient;
  let putBack: () => void;
  const made = new Set<string>();
  const now = Date.now();
  /** Seconds that go by while a command is carried out. */
  let passed = 0;
  let printed: string[];

  const run = async (command: KeysCommand, seconds = 0) => {
    printed = [];
    await runKeys(
      command,
      "staging",
      (line) => printed.push(line),
      () => now + (seconds + passed) * 1000,
    );
    return printed.join("\n");
  };
  const refusal = (command: KeysCommand, seconds = 0) =>
    run(command, seconds).then(
      () => "done",
      ({ message }) => message,
    );
  const stages = async (): Promise<StagedKeyArns> => {
    const keys = JSON.parse((await ssm.send(new GetParameterCommand({ Name }))).Parameter!.Value!);
    for (const arn of [keys.current, keys.next, keys.previous]) if (arn) made.add(arn);
    return keys;
  };
  const stage = (keys: StagedKeyArns) =>
    ssm.send(new PutParameterCommand({ Name, Value: JSON.stringify(keys), Type: "String", Overwrite: true }));
  const makeKey = async () => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY", Tags }),
    );
    made.add(KeyMetadata!.Arn!);
    return KeyMetadata!.Arn!;
  };
  /** The AWS emulator wants the id alone. */
  const idOf = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);
  const enabled = async (arn: string) =>
    (await kms.send(new DescribeKeyCommand({ KeyId: arn }))).KeyMetadata!.Enabled;

  before(async () => {
    const account = await EmulatorAccount.open(process.env.AWS_ENDPOINT_URL!, region);
    [kms, ssm] = [new KMSClient(account.clientConfig), new SSMClient(account.clientConfig)];
    putBack = setVariables(account.variables);
  });
  after(async () => {
    putBack();
    await ssm.send(new DeleteParameterCommand({ Name })).catch(() => {});
    for (const arn of made) {
      await kms
        .send(new ScheduleKeyDeletionCommand({ KeyId: idOf(arn), PendingWindowInDays: 7 }))
        .catch(() => {});
    }
  });

  it("says what to do when there is no key yet", async () => {
    expect(await refusal("list")).to.match(/does not exist.*Deploy ecobeat-staging-foundation first/);
  });

  it("takes a key through all stages, and refuses each step that comes too early or in the wrong order", async () => {
    const current = await makeKey();
    await stage({ current });
    expect(await run("list")).to.match(/^current {2}arn:\S+ {2}kid [\w-]{43}\nNo rotation is under way\.$/);
    expect(await refusal("promote")).to.contain("no next key");

    expect(await run("rotate")).to.match(/next .*\ncurrent .*\n`keys promote` is due at /);
    const { next } = await stages();
    expect(next).to.not.equal(current);
    expect(await refusal("rotate")).to.contain("one key at a time");
    expect(await refusal("promote", minPublishedSeconds - 10)).to.contain("too early");

    await run("promote", minPublishedSeconds + 10);
    expect(await stages())
      .to.include({ current: next, previous: current })
      .and.not.have.property("next");
    expect(await refusal("retire", minPublishedSeconds + minRetainedSeconds)).to.contain("too early");

    await run("retire", minPublishedSeconds + minRetainedSeconds + 20);
    expect(await stages())
      .to.include({ current: next })
      .and.not.have.property("previous");
    expect([await enabled(current), await enabled(next!)]).to.deep.equal([false, true]);
  });

  it("withdraws all keys at once when others can sign with them, and disables each", async () => {
    const { current } = await stages();
    const [next, previous] = [await makeKey(), await makeKey()];
    await stage({ current, next, previous, changedAt: new Date(now).toISOString() });
    expect(await run("revoke")).to.match(/is withdrawn.*within a minute.*keys retire/);
    const revoked = await stages();
    expect(revoked).to.have.all.keys("current", "retired", "changedAt");
    expect(revoked.retired).to.equal(current);
    expect(revoked.current).to.not.be.oneOf([current, next, previous]);
    expect([await enabled(next), await enabled(previous)]).to.deep.equal([false, false]);

    expect(await refusal("revoke")).to.match(/withdrawn already.*keys retire/);
    await run("retire");
    expect([await enabled(current), await enabled(revoked.current)]).to.deep.equal([false, true]);
    expect(await stages()).to.not.have.property("retired");
  });

  it("revokes all that is left when it was interrupted, and makes no second key", async () => {
    const { current } = await stages();
    await stage({ current, previous: await makeKey() });
    const { write } = EnvironmentKeys.prototype;
    EnvironmentKeys.prototype.write = async () => {
      EnvironmentKeys.prototype.write = write;
      throw new Error("interrupted");
    };
    expect(await refusal("revoke")).to.contain("Run it again");
    const left = await new EnvironmentKeys("staging", region).createReplacementKey(current);
    await run("revoke");
    expect((await stages()).current).to.equal(left);
    await run("retire");
  });

  it("takes the key that an interrupted rotation has made, and makes no second one", async () => {
    const before = await stages();
    const aliases = async () =>
      (await kms.send(new ListAliasesCommand({}))).Aliases!.filter(
        ({ AliasName }) => AliasName === "alias/ecobeat-staging-jwt-made",
      );
    const interrupted = new EnvironmentKeys("staging", region);
    const made = await interrupted.createReplacementKey(before.current);
    expect(await aliases()).to.have.length(1);
    await run("rotate", 10_000);
    expect((await stages()).next).to.equal(made);
    expect(await aliases()).to.have.length(0);
  });

  it("shows a key that was made and is at no stage, until it is disabled", async () => {
    const left = await makeKey();
    expect(await run("list")).to.contain(`\nnone     ${left}  enabled, and at no stage\n`);
    await kms.send(new DisableKeyCommand({ KeyId: idOf(left) }));
    expect(await run("list")).to.not.contain("none");
  });

  it("writes when a stage changed, not when the command was begun", async () => {
    await stage({ current: await makeKey() });
    const { createReplacementKey } = EnvironmentKeys.prototype;
    EnvironmentKeys.prototype.createReplacementKey = async function (model) {
      passed = 100;
      return createReplacementKey.call(this, model);
    };
    await run("rotate").finally(() => {
      EnvironmentKeys.prototype.createReplacementKey = createReplacementKey;
      passed = 0;
    });
    expect((await stages()).changedAt).to.equal(new Date(now + 100_000).toISOString());
  });

  for (const [what, leaving] of [
    ["was begun", "previous"],
    ["goes on after an interruption", "retired"],
  ] as const) {
    it(`never undoes a rotation that somebody else made while a \`retire\` that ${what} stood still`, async () => {
      const [old, signing] = [await makeKey(), await makeKey()];
      await stage({ current: signing, [leaving]: old });
      const { disable } = EnvironmentKeys.prototype;
      EnvironmentKeys.prototype.disable = async function (arn) {
        EnvironmentKeys.prototype.disable = disable;
        await run("retire");
        await run("rotate");
        await run("promote", minPublishedSeconds);
        await disable.call(this, arn);
      };
      expect(await refusal("retire")).to.match(/Somebody else.*Nothing was written.*keys list/);
      const { current, previous } = await stages();
      expect(previous).to.equal(signing);
      expect(current).to.not.be.oneOf([old, signing]);
    });
  }

  it("writes nothing over what somebody else changed in the meantime", async () => {
    const keys = new EnvironmentKeys("staging", region);
    const read = await keys.read();
    const written = await keys.write(read.keys, read);
    expect(await keys.read()).to.deep.equal(written);
    const message = await keys.write(read.keys, read).catch((error) => error.message);
    expect(message).to.contain("Nothing was written").and.contain("keys list");
    expect(await keys.read()).to.deep.equal(written);
  });

  it("notices that somebody else changed the stages at the very same time", async () => {
    const keys = new EnvironmentKeys("staging", region);
    const read = await keys.read();
    keys.read = async () => {
      await stage(read.keys);
      return read;
    };
    const message = await keys.write(read.keys, read).catch((error) => error.message);
    expect(message).to.contain("at the same time").and.contain("keys list");
  });
});
