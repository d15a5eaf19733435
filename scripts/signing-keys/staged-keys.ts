import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  GetKeyPolicyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  NotFoundException,
  paginateListKeys,
} from "@aws-sdk/client-kms";
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describePublicKey } from "../../service/auth/signing-keys.ts";
import { ConfigurationError } from "../../service/config.ts";
import {
  type DeployedEnvironment,
  parameterPath,
  parameters,
  type StagedKeyArns,
} from "../../service/contract.ts";
import { createRequestLimits } from "../aws/request-limits.ts";

const requestHandler = createRequestLimits();

/** The stages as they were read, with what is needed to notice that somebody else changed them since. */
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
  /** Names the key that was made and is not published yet, so that a command that was interrupted makes no second one. */
  readonly #madeAlias: string;

  constructor(environment: DeployedEnvironment, region: string) {
    this.#environment = environment;
    this.#kms = new KMSClient({ region, requestHandler });
    this.#ssm = new SSMClient({ region, requestHandler });
    this.#parameter = parameterPath(environment, parameters.jwtSigningKeys);
    this.#madeAlias = `alias/ecobeat-${environment}-jwt-made`;
  }

  /** @throws {ConfigurationError} when there are none yet */
  async read(): Promise<StagesSnapshot> {
    try {
      const { Parameter } = await this.#ssm.send(new GetParameterCommand({ Name: this.#parameter }));
      return { keys: JSON.parse(Parameter!.Value!), version: Parameter!.Version! };
    } catch (error) {
      if (!(error instanceof ParameterNotFound)) throw error;
      throw new ConfigurationError(
        `The parameter ${this.#parameter} does not exist. It is made with the first key. ` +
          `Deploy ecobeat-${this.#environment}-foundation first, with credentials of the same account.`,
      );
    }
  }

  /**
   * @param read what the change was made from
   * @returns what the next change is to be made from
   * @throws {ConfigurationError} when somebody else wrote since then; if at the very same time, theirs or ours is stored
   */
  async write(keys: StagedKeyArns, read: StagesSnapshot): Promise<StagesSnapshot> {
    // SSM cannot write on condition: this leaves others the time of one call to come between.
    if ((await this.read()).version !== read.version) {
      throw new ConfigurationError(
        `Somebody else has changed ${this.#parameter} since it was read. Nothing was written over it. ` +
          "Run `keys list` to see the stages, and agree on who goes on.",
      );
    }
    const { Version } = await this.#ssm.send(
      new PutParameterCommand({ Name: this.#parameter, Value: JSON.stringify(keys), Overwrite: true }),
    );
    if (Version !== read.version + 1) {
      throw new ConfigurationError(
        `Somebody else changed ${this.#parameter} at the same time. SSM keeps what was written last. ` +
          "Run `keys list` to see the stages, and agree on who goes on.",
      );
    }
    return { keys, version: Version };
  }

  /**
   * Makes a key like a given one: its kind, its policy and its tags. A key that an interrupted command left behind is taken
   * instead.
   * @returns its ARN
   */
  async createReplacementKey(model: string): Promise<string> {
    const left = await this.#enabled(this.#madeAlias);
    if (left && left !== model) return left;
    // The alias of a key that signs by now, or of one that cannot be used, may have stayed behind.
    await this.deleteReplacementAlias();
    const [{ KeyMetadata }, { Policy }, { Tags }] = await Promise.all([
      this.#kms.send(new DescribeKeyCommand({ KeyId: model })),
      this.#kms.send(new GetKeyPolicyCommand({ KeyId: model, PolicyName: "default" })),
      this.#kms.send(new ListResourceTagsCommand({ KeyId: model })),
    ]);
    const { KeySpec, KeyUsage, Description } = KeyMetadata!;
    const made = await this.#kms.send(new CreateKeyCommand({ KeySpec, KeyUsage, Description, Policy, Tags }));
    const { Arn, KeyId } = made.KeyMetadata!;
    await this.#kms.send(new CreateAliasCommand({ AliasName: this.#madeAlias, TargetKeyId: KeyId }));
    return Arn!;
  }

  /** The key that {@link createReplacementKey} made is published: the next call makes another one. */
  async deleteReplacementAlias(): Promise<void> {
    try {
      await this.#kms.send(new DeleteAliasCommand({ AliasName: this.#madeAlias }));
    } catch (error) {
      if (!(error instanceof NotFoundException)) throw error;
    }
  }

  /** The id under which a key's public half is published. */
  async getKid(arn: string): Promise<string> {
    const { PublicKey } = await this.#kms.send(new GetPublicKeyCommand({ KeyId: arn }));
    return (await describePublicKey(PublicKey!)).kid;
  }

  /** Takes a key out of use, so that it can be brought back: nothing is deleted. */
  async disable(arn: string): Promise<void> {
    await this.#kms.send(new DisableKeyCommand({ KeyId: arn.slice(arn.lastIndexOf("/") + 1) }));
  }

  /**
   * Keys that are at no stage, and are paid for all the same: `rotate` was interrupted when it had made one. They are those
   * that are enabled and have the tag `Name` of the current one, as Terraform gives it and {@link createReplacementKey} copies it.
   */
  async findUnassigned(stages: StagedKeyArns): Promise<string[]> {
    const name = await this.#nameOf(stages.current);
    const { current, next, previous, retired } = stages;
    const staged = [current, next, previous, retired];
    const found: string[] = [];
    for await (const { Keys } of paginateListKeys({ client: this.#kms }, {})) {
      for (const arn of Keys!.map(({ KeyArn }) => KeyArn!).filter((arn) => !staged.includes(arn))) {
        if (name && (await this.#nameOf(arn)) === name && (await this.#enabled(arn))) found.push(arn);
      }
    }
    return found;
  }

  async #nameOf(arn: string): Promise<string | undefined> {
    try {
      const { Tags } = await this.#kms.send(new ListResourceTagsCommand({ KeyId: arn }));
      return Tags?.find(({ TagKey }) => TagKey === "Name")?.TagValue;
    } catch (error) {
      // A key of somebody else's in the account, whose policy keeps us out.
      if ((error as Error).name === "AccessDeniedException") return undefined;
      throw error;
    }
  }

  /** The ARN of a key, if there is one that can be used. */
  async #enabled(keyId: string): Promise<string | undefined> {
    try {
      const { KeyMetadata } = await this.#kms.send(new DescribeKeyCommand({ KeyId: keyId }));
      return KeyMetadata!.KeyState === "Enabled" ? KeyMetadata!.Arn : undefined;
    } catch (error) {
      if (error instanceof NotFoundException) return undefined;
      throw error;
    }
  }
}
