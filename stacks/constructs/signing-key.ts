import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { Construct } from "constructs";
import { accountPrincipal, keyAdministration } from "./key-administration.ts";
import { policyDocument } from "./policy-document.ts";

export interface SigningKeyProps {
  /** Name of the key's alias, without `alias/`. */
  readonly name: string;
  readonly accountId: string;
  /** The only role of the account that may sign with the key. */
  readonly signerRoleName: string;
}

/** What a signer of access tokens may ask of KMS: the one algorithm, over whole messages that KMS hashes itself. */
export const signingConditions = {
  StringEquals: {
    "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
    "kms:MessageType": "RAW",
  },
} as const;

/**
 * The RSA-2048 key in KMS that signs access tokens; its private half never leaves KMS. The key's own policy names the
 * one role that may sign, so that a careless IAM policy elsewhere grants nothing. Billed by the month and by signature.
 */
export class SigningKey extends Construct {
  readonly key: KmsKey;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: SigningKeyProps) {
    super(scope, id);
    const { name, accountId, signerRoleName } = props;
    const principals = accountPrincipal(accountId);
    this.key = new KmsKey(this, "key", {
      description: "Signs access tokens (RS256)",
      customerMasterKeySpec: "RSA_2048",
      keyUsage: "SIGN_VERIFY",
      deletionWindowInDays: 30,
      policy: policyDocument(
        keyAdministration(accountId),
        {
          sid: "Sign",
          principals,
          actions: ["kms:Sign"],
          // In a key policy: the key itself.
          resources: ["*"],
          conditions: {
            ...signingConditions,
            ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${accountId}:role/${signerRoleName}` },
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
      tags: { Name: name },
      lifecycle: { preventDestroy: true },
    });
    this.arn = this.key.arn;
    new KmsAlias(this, "alias", { name: `alias/${name}`, targetKeyId: this.key.keyId });
  }
}
