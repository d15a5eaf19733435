import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { accountPrincipal, keyAdministrationStatement } from "./key-administration.ts";
import { policyDocument } from "./policy-document.ts";

export interface SigningKeyProps {
  /** Name of the only role that may sign with the key, without the region. */
  readonly signerRoleName: string;
  /** Name of the key's alias, without `alias/`. @default the environment's own, such as `ecobeat-staging-jwt` */
  readonly name?: string;
  /** Whose tokens it signs. @default those of the environment */
  readonly use?: SigningKeyUse;
}

/** Value of the tag of signing keys. */
export type SigningKeyUse = "jwt-signing" | "preview-jwt-signing";

/** Conditions for signing access tokens: one algorithm, and whole messages that KMS hashes itself. */
export const signingConditions = {
  StringEquals: { "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256", "kms:MessageType": "RAW" },
} as const;

/**
 * The tag of every signing key of an environment: of the first, which Terraform creates, and of those that replace it later.
 * Functions may sign with keys of this tag, and each key policy names the function that may.
 */
const signingKeyTag = "use";

/** Any signing key of an account: all keys, under a condition. */
export const signingKeys = (
  { region, accountId }: { region: string; accountId: string },
  use: SigningKeyUse = "jwt-signing",
) => ({
  resources: [`arn:aws:kms:${region}:${accountId}:key/*`],
  condition: { [`aws:ResourceTag/${signingKeyTag}`]: use },
});

/**
 * The RSA-2048 key in KMS that signs access tokens. Its private key never leaves KMS. The key policy names the only role
 * that may sign, so that no IAM policy alone allows it. Billed by the month and by signature.
 *
 * @example new SigningKey(this, "signing-key", { signerRoleName: this.resourceName("auth") });
 */
export class SigningKey extends Construct {
  readonly key: KmsKey;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: SigningKeyProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { accountId } = stack;
    const { name = stack.resourceName("jwt"), use = "jwt-signing" } = props;
    const principals = accountPrincipal(accountId);
    this.key = new KmsKey(this, "key", {
      description: "Signs access tokens (RS256)",
      customerMasterKeySpec: "RSA_2048",
      keyUsage: "SIGN_VERIFY",
      deletionWindowInDays: 30,
      policy: policyDocument(
        keyAdministrationStatement(accountId),
        {
          sid: "Sign",
          principals,
          actions: ["kms:Sign"],
          // In a key policy: the key itself.
          resources: ["*"],
          conditions: {
            ...signingConditions,
            // With a wildcard for all previews: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
            ArnEquals: { "aws:PrincipalArn": stack.toRoleArn(props.signerRoleName) },
          },
        },
        {
          sid: "ReadPublicKey",
          principals,
          actions: ["kms:GetPublicKey"],
          // In a key policy: the key itself.
          resources: ["*"],
        },
      ),
      tags: { Name: name, [signingKeyTag]: use },
      // A rotation disables it.
      lifecycle: { preventDestroy: true, ignoreChanges: ["is_enabled"] },
    });
    this.arn = this.key.arn;
    new KmsAlias(this, "alias", { name: `alias/${name}`, targetKeyId: this.key.keyId });
  }
}
