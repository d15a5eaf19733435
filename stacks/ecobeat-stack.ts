import { createHash } from "node:crypto";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Aspects, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { toNamePrefix } from "../service/contract.ts";
import { adminManagedPath, toBoundaryArn } from "./constructs/identity/boundary-name.ts";
import { checkEnvironment } from "./environment-checks.ts";
import type { Environment, LogRetentionDays } from "./environments.ts";
import { ConstructError } from "./errors.ts";
import { toGlobalName } from "./names.ts";
import { WorkspaceStack } from "./workspace-stack.ts";

/** Project of an environment's workspaces in HCP Terraform. */
export const projectName = (environment: Environment): string => toNamePrefix(environment.name);

/** Retention and encryption of a stack's logs. */
export interface LogSettings {
  readonly retentionDays: LogRetentionDays;
  /** The stack's key for logs. Log groups are in the region of its provider, or else in the stack's. */
  readonly encryptionKey: { readonly arn: string; readonly provider: AwsProvider | undefined };
}

/** How the stack of a preview differs from those of its environment. */
export interface StackNaming {
  /** Begins the names of the stack and its resources. @default that of the environment */
  readonly namePrefix?: string;
  /** Further tags of all resources. @default none */
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * The base of an environment's stacks: the name, the HCP Terraform workspace of that name, the AWS provider for the
 * environment's account and region, the tags, and the permissions boundary of every role. Constructs read these from their
 * scope, by {@link EcobeatStack.of}.
 */
export abstract class EcobeatStack extends WorkspaceStack {
  readonly environment: Environment;
  /** Prefix of the names of the environment's resources, such as `ecobeat-staging`. */
  readonly namePrefix: string;
  /** Tags of all resources; the AWS provider adds them by default. */
  readonly tags: Readonly<Record<string, string>>;
  /** ARN of the permissions boundary of the stack's roles. */
  protected boundary: string;
  /** @default the stack has no logs */
  readonly logKey?: LogSettings["encryptionKey"];

  constructor(scope: Construct, name: string, environment: Environment, naming: StackNaming = {}) {
    const { namePrefix = toNamePrefix(environment.name), tags } = naming;
    super(scope, `${namePrefix}-${name}`, projectName(environment));
    checkEnvironment(environment);
    this.environment = environment;
    this.namePrefix = namePrefix;
    this.tags = {
      environment: environment.name,
      stack: name,
      owner: "platform",
      "cost-centre": this.namePrefix,
      "managed-by": "terraform",
      ...tags,
    };
    this.boundary = toBoundaryArn(this);
    Aspects.of(this).add({ visit: (construct) => this.#setBoundary(construct) });
    new AwsProvider(this, "aws", this.#toProviderConfig(this.region));
  }

  /**
   * The stack of a construct.
   *
   * @throws {ConstructError} if it is not an `EcobeatStack`
   */
  static override of(construct: IConstruct): EcobeatStack {
    const stack = TerraformStack.of(construct);
    if (stack instanceof EcobeatStack) return stack;
    throw new ConstructError("stack-not-ecobeat", {
      what: `The construct "${construct.node.path}" is in the stack "${stack.node.id}", which is not an EcobeatStack.`,
      why: "It reads environment, region, account, names and log settings from its stack.",
      action: "Add it to a stack that extends EcobeatStack.",
    });
  }

  get region(): string {
    return this.environment.region;
  }

  get accountId(): string {
    return this.environment.accountId;
  }

  /** Full name of a resource, such as `ecobeat-staging-auth`. */
  resourceName(suffix: string): string {
    return `${this.namePrefix}-${suffix}`;
  }

  /** The form of a resource's name that is unique in the account, such as `ecobeat-staging-auth-eu-west-1`. */
  toGlobalName(name: string): string {
    return toGlobalName(name, this);
  }

  /** SHA-256 of a configuration, in hex. It is the same in environments that differ only in their names. */
  toDigest(configuration: string): string {
    return createHash("sha256").update(configuration.replaceAll(this.environment.name, "")).digest("hex");
  }

  /** ARN of a role that a service or a function of the environment assumes, by its name without the region. */
  toRoleArn(name: string): string {
    return `arn:aws:iam::${this.accountId}:role/${this.toGlobalName(name)}`;
  }

  /** @throws {ConstructError} if the stack has no key for logs */
  get logs(): LogSettings {
    if (!this.logKey) {
      throw new ConstructError("log-key-missing", {
        what: `The stack "${this.node.id}" has no key for logs.`,
        why: "All logs are encrypted.",
        action: "Set its `logKey` before you add a log.",
      });
    }
    return { retentionDays: this.environment.logRetentionDays, encryptionKey: this.logKey };
  }

  /** Adds a provider of another region, for the same account and with the same tags. */
  addProvider(region: string): AwsProvider {
    return new AwsProvider(this, `aws-${region}`, { alias: region, ...this.#toProviderConfig(region) });
  }

  /** Adds a provider without default tags, for the same account and region. */
  protected addUntaggedProvider(): AwsProvider {
    const { defaultTags: _, ...provider } = this.#toProviderConfig(this.region);
    return new AwsProvider(this, "aws-untagged", { alias: "untagged", ...provider });
  }

  #setBoundary(construct: IConstruct): void {
    if (construct instanceof IamRole && construct.pathInput !== adminManagedPath) {
      construct.permissionsBoundary = this.boundary;
    }
  }

  /** All constructs that the stacks of this environment contain so far. */
  protected findEnvironmentConstructs(): IConstruct[] {
    const stacks = this.node.root.node.children.filter(
      (child) => child instanceof EcobeatStack && child.environment === this.environment,
    );
    return stacks.flatMap((stack) => stack.node.findAll());
  }

  #toProviderConfig(region: string) {
    return { region, allowedAccountIds: [this.accountId], defaultTags: [{ tags: { ...this.tags } }] };
  }
}
