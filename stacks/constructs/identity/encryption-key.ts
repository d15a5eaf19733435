import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { keyAdministrationStatement } from "./key-administration.ts";
import { type PolicyStatement, policyDocument } from "./policy-document.ts";

export interface EncryptionKeyProps {
  /** Name of the key's alias, without `alias/`. */
  readonly name: string;
  readonly description: string;
  /** Statements of the key's policy that allow principals to use it. */
  readonly users: readonly Omit<PolicyStatement, "resources">[];
  /** @default the stack's own provider, and its region */
  readonly provider?: AwsProvider;
}

/**
 * A symmetric KMS key for data at rest, with an alias. KMS rotates its key material each year.
 *
 * Costs about $1.1 a month idle. Billed by the month and by the request.
 *
 * @example
 * new EncryptionKey(this, "data-key", {
 *   name: this.resourceName("data"), description: "Encrypts secret parameters", users: [throughSsm],
 * });
 */
export class EncryptionKey extends Construct {
  readonly key: KmsKey;
  readonly arn: string;
  /** The provider of its region; undefined in the stack's own. */
  readonly provider: AwsProvider | undefined;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    this.provider = props.provider;
    const provider = props.provider && { provider: props.provider };
    this.key = new KmsKey(this, "key", {
      ...provider,
      description: props.description,
      enableKeyRotation: true,
      // The maximum of KMS: time to detect an accidental deletion.
      deletionWindowInDays: 30,
      policy: policyDocument(
        keyAdministrationStatement(EcobeatStack.of(this).accountId),
        // In a key policy: the key itself.
        ...props.users.map((statement) => ({ ...statement, resources: ["*"] })),
      ),
      tags: { Name: props.name },
      lifecycle: { preventDestroy: true },
    });
    this.arn = this.key.arn;
    new KmsAlias(this, "alias", { ...provider, name: `alias/${props.name}`, targetKeyId: this.key.keyId });
  }
}
