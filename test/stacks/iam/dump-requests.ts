import { dump } from "../../../scripts/backup/contract.ts";
import { parameterPath, parameters } from "../../../service/contract.ts";
import { cacheUserName } from "../../../stacks/names.ts";
import type { DeniedRequest, FunctionRequests, NamedRequest } from "./function-requests.ts";

/** What the function that dumps the database needs. */
export function dumpRequests(requests: FunctionRequests): NamedRequest[] {
  const { name, region, accountId } = requests.environment;
  return [
    {
      name: "read where the database is",
      action: "ssm:GetParameters",
      resource: requests.parameter(parameterPath(name, parameters.mongodbUri)),
      throughEndpoint: true,
    },
    {
      name: "put a dump into the backup bucket",
      action: "s3:PutObject",
      resource: `arn:aws:s3:::ecobeat-${name}-backups-${accountId}/${dump.prefix}1`,
      throughEndpoint: true,
    },
    {
      name: "have S3 encrypt it",
      action: "kms:GenerateDataKey",
      resource: requests.key("backups_key"),
      context: { "kms:ViaService": `s3.${region}.amazonaws.com` },
    },
    {
      name: "leave what failed in the queue",
      action: "sqs:SendMessage",
      resource: requests.arn("sqs", `ecobeat-${name}-dump-failures`),
    },
  ];
}

/** What the restore test needs. */
export function restoreTestRequests(requests: FunctionRequests): NamedRequest[] {
  const { name, region, accountId } = requests.environment;
  const [whereTheDatabaseIs, , , queue] = dumpRequests(requests);
  const backupBucket = `arn:aws:s3:::ecobeat-${name}-backups-${accountId}`;
  return [
    whereTheDatabaseIs!,
    queue!,
    {
      name: "read a dump",
      action: "s3:GetObject",
      resource: `${backupBucket}/${dump.prefix}1`,
      throughEndpoint: true,
    },
    {
      name: "list dumps",
      action: "s3:ListBucket",
      resource: backupBucket,
      context: { "s3:prefix": dump.prefix },
      throughEndpoint: true,
    },
    {
      name: "have S3 decrypt it",
      action: "kms:Decrypt",
      resource: requests.key("backups_key"),
      context: { "kms:ViaService": `s3.${region}.amazonaws.com` },
    },
  ];
}

/** What the restore test may not do, beyond what no function may. */
export function deniedToRestoreTest(requests: FunctionRequests): DeniedRequest[] {
  const { name, accountId } = requests.environment;
  return [
    ...deniedToDump(requests),
    {
      name: "put a dump into the backup bucket",
      action: "s3:PutObject",
      resource: `arn:aws:s3:::ecobeat-${name}-backups-${accountId}/${dump.prefix}1`,
    },
  ];
}

/** What the function that dumps the database may not do, beyond what no function may. */
export function deniedToDump(requests: FunctionRequests): DeniedRequest[] {
  const { name, accountId } = requests.environment;
  return [
    requests.signingByNonSigner(),
    {
      name: "read the pepper",
      action: "ssm:GetParameters",
      resource: requests.parameter(parameterPath(name, parameters.refreshTokenPepper)),
    },
    {
      name: "put something else into the backup bucket",
      action: "s3:PutObject",
      resource: `arn:aws:s3:::ecobeat-${name}-backups-${accountId}/1`,
    },
    {
      name: "be the cache's user of the service",
      action: "elasticache:Connect",
      resource: requests.arn("elasticache", `user:${cacheUserName(name)}`),
    },
  ];
}
