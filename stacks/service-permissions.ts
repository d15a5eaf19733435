import { parameters } from "../service/contract.ts";
import { allowParameters } from "./constructs/functions/archive-function.ts";
import type { PolicyStatement } from "./constructs/identity/policy-document.ts";
import { type SigningKeyUse, signingConditions, signingKeys } from "./constructs/identity/signing-key.ts";
import type { EcobeatStack } from "./ecobeat-stack.ts";

export interface ServiceAccess {
  /** ARN of the key that encrypts secret parameters. */
  readonly dataKeyArn: string;
  /** ARN of the cache's replication group. */
  readonly cacheArn: string;
  /** ARN of the user as which the functions connect to it. */
  readonly cacheUserArn: string;
  /** Which signing keys. @default those of the environment */
  readonly signingKeyUse?: SigningKeyUse;
}

/** Permissions of every function that serves requests: read parameters, publish the public key, connect to the cache. */
export function allowServiceReads(stack: EcobeatStack, access: ServiceAccess): PolicyStatement[] {
  const keys = signingKeys(stack, access.signingKeyUse);
  return [
    allowParameters(stack, "ReadParameters", Object.values(parameters)),
    {
      sid: "DecryptParameters",
      actions: ["kms:Decrypt"],
      resources: [access.dataKeyArn],
      conditions: { StringEquals: { "kms:ViaService": `ssm.${stack.region}.amazonaws.com` } },
    },
    {
      sid: "ReadPublicKey",
      actions: ["kms:GetPublicKey"],
      resources: keys.resources,
      conditions: { StringEquals: keys.condition },
    },
    { sid: "ConnectToCache", actions: ["elasticache:Connect"], resources: [access.cacheArn, access.cacheUserArn] },
  ];
}

/** Permission of the function that handles logins: sign access tokens. */
export function allowSigning(stack: EcobeatStack, use?: SigningKeyUse): PolicyStatement {
  const keys = signingKeys(stack, use);
  return {
    sid: "Sign",
    actions: ["kms:Sign"],
    resources: keys.resources,
    conditions: { StringEquals: { ...signingConditions.StringEquals, ...keys.condition } },
  };
}
