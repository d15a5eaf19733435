import { cacheName, parameterPath, parameters } from "../../../service/contract.ts";
import { environments } from "../../../stacks/environments/index.ts";
import { cacheUserName, mailQueueName } from "../../../stacks/names.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import {
  type DeniedRequest,
  denied,
  deniedBy,
  endpointRequest,
  type NamedRequest,
  request,
  ungranted,
} from "./requests.ts";
import {
  openBackupBucket,
  openKeyPolicies,
  openTrustPolicies,
  removeBoundaries,
  removeDenials,
} from "./role-changes.ts";

/** How IAM sees a signing key. */
const signingKey = { "aws:ResourceTag/use": "jwt-signing" };
const rs256 = { "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256", "kms:MessageType": "RAW" };

/** Another environment. */
const getOther = (names: EnvironmentNames): EnvironmentNames =>
  names.withOther(Object.values(environments).find(({ name }) => name !== names.environment.name)!);

/** What the functions that serve requests need. */
export function serviceRequests(names: EnvironmentNames, id: string): NamedRequest[] {
  const { name, region } = names.environment;
  const log = names.arn("logs", `log-group:/aws/lambda/${names.prefix}-${id}`);
  const cache = names.arn("elasticache", `replicationgroup:${cacheName(name)}`);
  return [
    ...Object.values(parameters).map((each) =>
      endpointRequest(`read the parameter ${each}`, "ssm:GetParameters", names.parameter(each)),
    ),
    request("decrypt a secret parameter through SSM", "kms:Decrypt", names.key("data-key"), {
      "kms:ViaService": `ssm.${region}.amazonaws.com`,
    }),
    endpointRequest("read the public key of tokens", "kms:GetPublicKey", names.key("signing-key"), signingKey),
    request("connect to the cache", "elasticache:Connect", cache),
    request(
      "log in to the cache as the service's user",
      "elasticache:Connect",
      names.arn("elasticache", `user:${cacheUserName(name)}`),
    ),
    endpointRequest("queue a mail", "sqs:SendMessage", names.arn("sqs", mailQueueName(name))),
    request("encrypt a mail through SQS", "kms:GenerateDataKey", names.key("data-key"), {
      "kms:ViaService": `sqs.${region}.amazonaws.com`,
    }),
    request("write its log", "logs:PutLogEvents", `${log}:log-stream:1`),
    request("write its traces", "xray:PutTraceSegments", "*"),
    request(
      "create network interfaces through Lambda",
      "ec2:CreateNetworkInterface",
      names.arn("ec2", "network-interface/eni-1"),
    ),
  ];
}

/** What only `auth` does. */
export const signingRequest = (names: EnvironmentNames): NamedRequest =>
  endpointRequest("sign with the environment's key, by RS256", "kms:Sign", names.key("signing-key"), {
    ...rs256,
    ...signingKey,
  });

/** The same for a role that is not the signer: the key policy denies it. */
export const signingByNonSigner = (names: EnvironmentNames): DeniedRequest =>
  denied(signingRequest(names), openKeyPolicies(names, names));

/** What the functions that serve requests may not do, in addition to what no function may. */
export const deniedToService = (names: EnvironmentNames): DeniedRequest[] => [
  ungranted("decrypt backups", "kms:Decrypt", names.key("backups_key"), {
    "kms:ViaService": `s3.${names.environment.region}.amazonaws.com`,
  }),
  ungranted("read a mail", "sqs:ReceiveMessage", names.arn("sqs", mailQueueName(names.environment.name))),
  ungranted("put a message into another queue", "sqs:SendMessage", names.arn("sqs", `${names.prefix}-another`)),
];

/** What no function may do. */
export function deniedToFunctions(names: EnvironmentNames, id: string): DeniedRequest[] {
  const other = getOther(names);
  const { backupBucket, prefix } = names;
  const openKeys = openKeyPolicies(names, names);
  const bounded = deniedBy(removeBoundaries);
  const keyGuarded = deniedBy(openKeys);
  const sign = (what: string, key: string, context: Readonly<Record<string, string>>) =>
    request(`sign ${what}`, "kms:Sign", key, { ...rs256, ...context });
  const interfaceRequest = request(
    "create network interfaces from its code",
    "ec2:CreateNetworkInterface",
    names.arn("ec2", "network-interface/eni-1"),
    { "lambda:SourceFunctionArn": names.function(id) },
  );
  const backupRequest = (what: string, action: string) => request(what, action, `${backupBucket}/1`);
  const signing = names.key("signing-key");
  return [
    denied(
      sign("by another algorithm", signing, { ...signingKey, "kms:SigningAlgorithm": "RSASSA_PSS_SHA_256" }),
      openKeys,
    ),
    denied(
      sign("a digest, whose meaning KMS cannot check", signing, { ...signingKey, "kms:MessageType": "DIGEST" }),
      openKeys,
    ),
    denied(sign("with another key of the environment", names.key("data-key"), {}), openKeys),
    denied(
      sign("with another environment's key", other.key("signing-key"), {}),
      openKeyPolicies(other, names),
      removeBoundaries,
    ),
    bounded(
      "put an object into another account's bucket of a similar name",
      "s3:PutObject",
      `arn:aws:s3:::${prefix}-backups-of-another/dumps/1`,
      { "aws:ResourceAccount": "999999999999" },
    ),
    ungranted("read a parameter that its policy does not name", "ssm:GetParameters", names.parameter("another")),
    bounded(
      "read another environment's parameter in the same account",
      "ssm:GetParameters",
      names.arn("ssm", `parameter${parameterPath(other.environment.name, parameters.refreshTokenPepper)}`),
    ),
    bounded("change a parameter", "ssm:PutParameter", names.parameter(parameters.jwtSigningKeys)),
    keyGuarded("decrypt without SSM", "kms:Decrypt", names.key("data-key")),
    denied(backupRequest("read a backup", "s3:GetObject")),
    ungranted("list backups", "s3:ListBucket", backupBucket),
    ...[
      ["delete a backup", "s3:DeleteObject"],
      ["delete a version of a backup", "s3:DeleteObjectVersion"],
      ["bypass the lock of a backup", "s3:BypassGovernanceRetention"],
    ].map(([what, action]) => denied(backupRequest(what!, action!), openBackupBucket(names), removeBoundaries)),
    denied(backupRequest("shorten the lock of a backup", "s3:PutObjectRetention"), removeBoundaries),
    bounded("open the backup bucket", "s3:PutBucketPolicy", backupBucket),
    denied(interfaceRequest, removeDenials(names)),
    bounded("connect to another cache", "elasticache:Connect", names.arn("elasticache", "replicationgroup:another")),
    ungranted(
      "log in to the cache as another user",
      "elasticache:Connect",
      names.arn("elasticache", `user:${cacheName(names.environment.name)}-default`),
    ),
    bounded("pass a role", "iam:PassRole", names.role("auth")),
    denied(
      request("assume a role", "sts:AssumeRole", names.role("flow-log")),
      removeBoundaries,
      openTrustPolicies(names.foundation, names),
    ),
    ungranted("call a function without the API", "lambda:InvokeFunction", names.function("auth")),
  ];
}
