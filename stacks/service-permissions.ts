import { parameters } from "../service/contract.ts";
import { allowParameters } from "./constructs/functions/archive-function.ts";
import type { PolicyStatement } from "./constructs/identity/policy-document.ts";
import { type SigningKeyUse, signingConditions, signingKeys } from "./constructs/identity/signing-key.ts";
import type { EcobeatStack } from "./ecobeat-stack.ts";
import type { Environment } from "./environments.ts";
import { toMailQueueArn } from "./names.ts";

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

/** Permissions to find and reach the backends: read parameters, connect to the cache. */
export const allowBackends = (
  stack: EcobeatStack,
  access: Omit<ServiceAccess, "signingKeyUse">,
): [PolicyStatement, PolicyStatement, PolicyStatement] => [
  allowParameters(stack, "ReadParameters", Object.values(parameters)),
  {
    sid: "DecryptParameters",
    actions: ["kms:Decrypt"],
    resources: [access.dataKeyArn],
    conditions: { StringEquals: { "kms:ViaService": `ssm.${stack.region}.amazonaws.com` } },
  },
  { sid: "ConnectToCache", actions: ["elasticache:Connect"], resources: [access.cacheArn, access.cacheUserArn] },
];

/** Permissions of every function that serves requests: those of {@link allowBackends}, and to publish the public key. */
export function allowServiceReads(stack: EcobeatStack, access: ServiceAccess): PolicyStatement[] {
  const keys = signingKeys(stack, access.signingKeyUse);
  const [parameters, decryption, cache] = allowBackends(stack, access);
  return [
    parameters,
    decryption,
    {
      sid: "ReadPublicKey",
      actions: ["kms:GetPublicKey"],
      resources: keys.resources,
      conditions: { StringEquals: keys.condition },
    },
    cache,
  ];
}

/**
 * Permissions to queue mails, as the functions of the API do for registrations, resets and changes of an address.
 *
 * @param environment owner of the queue: a preview uses that of the environment that it belongs to
 */
export const allowMails = (environment: Environment, dataKeyArn: string): PolicyStatement[] => [
  { sid: "QueueMails", actions: ["sqs:SendMessage"], resources: [toMailQueueArn(environment)] },
  {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    sid: "EncryptMails",
    actions: ["kms:GenerateDataKey", "kms:Decrypt"],
    resources: [dataKeyArn],
    conditions: { StringEquals: { "kms:ViaService": `sqs.${environment.region}.amazonaws.com` } },
  },
];

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
