import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  GetKeyPolicyCommand,
  GetPublicKeyCommand,
  KMSClient,
  NotFoundException,
  paginateListKeys,
  paginateListResourceTags,
  type Tag,
} from "@aws-sdk/client-kms";
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describePublicKey } from "../../service/auth/signing-keys.ts";
import {
  type DeployedEnvironment,
  parameterPath,
  parameters,
  type StagedKeyArns,
  toNamePrefix,
} from "../../service/contract.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";

/** The stages, and the version of the parameter that they were read from. */
export interface StagesSnapshot {
  keys: StagedKeyArns;
  version: number;
}

/** The signing keys of an environment: their stages in SSM, the keys themselves in KMS. */
export class EnvironmentKeys {
  readonly #environment: DeployedEnvironment;
  readonly #kms: KMSClient;
  readonly #ssm: SSMClient;
  readonly #parameter: string;
  /** Alias of a key that is created and not published yet, so that a second run after an interruption creates no other. */
  readonly #replacementAlias: string;

  constructor(environment: DeployedEnvironment, region: string) {
    const config = { region, requestHandler: createRequestLimits() };
    this.#environment = environment;
    this.#kms = new KMSClient(config);
    this.#ssm = new SSMClient(config);
    this.#parameter = parameterPath(environment, parameters.jwtSigningKeys);
    this.#replacementAlias = `alias/${toNamePrefix(environment)}-jwt-replacement`;
  }

  /** @throws {OperatorError} if there are none yet */
  async read(): Promise<StagesSnapshot> {
    try {
      const { Parameter } = await this.#ssm.send(new GetParameterCommand({ Name: this.#parameter }));
      return { keys: JSON.parse(Parameter!.Value!), version: Parameter!.Version! };
    } catch (error) {
      if (!(error instanceof ParameterNotFound)) throw error;
      throw new OperatorError("signing-keys-not-deployed", {
        what: `The parameter ${this.#parameter} does not exist.`,
        why: "Terraform creates it with the first key.",
        action: `Deploy ${toNamePrefix(this.#environment)}-foundation first, with credentials of the same account.`,
      });
    }
  }

  /**
   * Stores changed stages.
   *
   * @param snapshot the stages before the change
   * @returns the snapshot for the next change
   * @throws {OperatorError} if another user has changed the stages since; after a write at the same instant, either write is stored
   */
  async write(keys: StagedKeyArns, snapshot: StagesSnapshot): Promise<StagesSnapshot> {
    // SSM has no conditional writes: another user can still write between these two calls.
    if ((await this.read()).version !== snapshot.version) {
      throw new OperatorError("key-stages-changed", {
        what: "Nothing was written.",
        why: `Another user has changed ${this.#parameter} since it was read.`,
        action: "Run `keys list` to see the stages, and agree on who continues.",
      });
    }
    const { Version } = await this.#ssm.send(
      new PutParameterCommand({ Name: this.#parameter, Value: JSON.stringify(keys), Overwrite: true }),
    );
    if (Version !== snapshot.version + 1) {
      throw new OperatorError("key-stages-changed-concurrently", {
        what: `The stages in ${this.#parameter} may not be the intended ones.`,
        why: "Another user changed them at the same time, and SSM keeps the last write.",
        action: "Run `keys list` to see the stages, and agree on who continues.",
      });
    }
    return { keys, version: Version };
  }

  /**
   * Creates a key with the type, policy and tags of a given one. It reuses a key that an interrupted command has left.
   * @returns its ARN
   */
  async createReplacementKey(model: string): Promise<string> {
    const left = await this.#findEnabled(this.#replacementAlias);
    if (left && left !== model) return left;
    // The alias may still name a key that signs by now, or that cannot be used.
    await this.deleteReplacementAlias();
    const [{ KeyMetadata }, { Policy }, Tags] = await Promise.all([
      this.#kms.send(new DescribeKeyCommand({ KeyId: model })),
      this.#kms.send(new GetKeyPolicyCommand({ KeyId: model, PolicyName: "default" })),
      this.#listTags(model),
    ]);
    const { KeySpec, KeyUsage, Description } = KeyMetadata!;
    const created = await this.#kms.send(new CreateKeyCommand({ KeySpec, KeyUsage, Description, Policy, Tags }));
    const { Arn, KeyId } = created.KeyMetadata!;
    await this.#kms.send(new CreateAliasCommand({ AliasName: this.#replacementAlias, TargetKeyId: KeyId }));
    return Arn!;
  }

  /** Call this when the replacement key is published: the next rotation then creates another one. */
  async deleteReplacementAlias(): Promise<void> {
    try {
      await this.#kms.send(new DeleteAliasCommand({ AliasName: this.#replacementAlias }));
    } catch (error) {
      if (!(error instanceof NotFoundException)) throw error;
    }
  }

  /** The id with which a key is published. */
  async getKid(arn: string): Promise<string> {
    const { PublicKey } = await this.#kms.send(new GetPublicKeyCommand({ KeyId: arn }));
    return (await describePublicKey(PublicKey!)).kid;
  }

  /** Disables a key, which can be enabled again. */
  async disable(arn: string): Promise<void> {
    await this.#kms.send(new DisableKeyCommand({ KeyId: arn.slice(arn.lastIndexOf("/") + 1) }));
  }

  /**
   * Keys without a stage, which cost the same: an interrupted `rotate` has created them. They are enabled and have the tag `Name` of
   * the current key, which Terraform sets and {@link createReplacementKey} copies.
   */
  async findUnassigned(stages: StagedKeyArns): Promise<string[]> {
    const name = await this.#getName(stages.current);
    const { current, next, previous, retired } = stages;
    const staged = [current, next, previous, retired];
    const found: string[] = [];
    for await (const { Keys = [] } of paginateListKeys({ client: this.#kms }, {})) {
      for (const arn of Keys.map(({ KeyArn }) => KeyArn!).filter((arn) => !staged.includes(arn))) {
        if (name && (await this.#getName(arn)) === name && (await this.#findEnabled(arn))) found.push(arn);
      }
    }
    return found;
  }

  async #getName(arn: string): Promise<string | undefined> {
    try {
      return (await this.#listTags(arn)).find(({ TagKey }) => TagKey === "Name")?.TagValue;
    } catch (error) {
      // Another owner's key in the account, whose policy denies this call.
      if ((error as Error).name === "AccessDeniedException") return undefined;
      throw error;
    }
  }

  async #listTags(KeyId: string): Promise<Tag[]> {
    const found: Tag[] = [];
    for await (const { Tags = [] } of paginateListResourceTags({ client: this.#kms }, { KeyId })) found.push(...Tags);
    return found;
  }

  /** The ARN of a key, if it exists and is enabled. */
  async #findEnabled(keyId: string): Promise<string | undefined> {
    try {
      const { KeyMetadata } = await this.#kms.send(new DescribeKeyCommand({ KeyId: keyId }));
      return KeyMetadata!.KeyState === "Enabled" ? KeyMetadata!.Arn : undefined;
    } catch (error) {
      if (error instanceof NotFoundException) return undefined;
      throw error;
    }
  }
}
