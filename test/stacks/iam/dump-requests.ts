import { dump } from "../../../scripts/backup/contract.ts";
import { parameters } from "../../../service/contract.ts";
import { cacheUserName } from "../../../stacks/names.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import { signingByNonSigner } from "./function-requests.ts";
import { type DeniedRequest, denied, endpointRequest, type NamedRequest, request } from "./requests.ts";

/** To find the database, and to keep a failed event. */
const sharedRequests = (names: EnvironmentNames): NamedRequest[] => [
  findDatabase(names),
  request("send a failed event to the queue", "sqs:SendMessage", names.arn("sqs", `${names.prefix}-dump-failures`)),
];

export const findDatabase = (names: EnvironmentNames): NamedRequest =>
  endpointRequest("read the database's address", "ssm:GetParameters", names.parameter(parameters.mongodbUri));

const throughS3 = ({ environment }: EnvironmentNames) => ({
  "kms:ViaService": `s3.${environment.region}.amazonaws.com`,
});

const putDump = (names: EnvironmentNames) =>
  endpointRequest("put a dump into the backup bucket", "s3:PutObject", `${names.backupBucket}/${dump.prefix}1`);

/** What the function that dumps the database needs. */
export const dumpRequests = (names: EnvironmentNames): NamedRequest[] => [
  ...sharedRequests(names),
  putDump(names),
  request("encrypt it through S3", "kms:GenerateDataKey", names.key("backups_key"), throughS3(names)),
];

/** What the restore test needs. */
export const restoreTestRequests = (names: EnvironmentNames): NamedRequest[] => [
  ...sharedRequests(names),
  endpointRequest("read a dump", "s3:GetObject", `${names.backupBucket}/${dump.prefix}1`),
  endpointRequest("list dumps", "s3:ListBucket", names.backupBucket, { "s3:prefix": dump.prefix }),
  request("decrypt it through S3", "kms:Decrypt", names.key("backups_key"), throughS3(names)),
];

/** What the restore test may not do, in addition to what no function may. */
export const deniedToRestoreTest = (names: EnvironmentNames): DeniedRequest[] => [
  ...deniedToDump(names),
  denied({ ...putDump(names), throughEndpoint: false }),
];

/** What the function that dumps the database may not do, in addition to what no function may. */
export const deniedToDump = (names: EnvironmentNames): DeniedRequest[] => [
  signingByNonSigner(names),
  denied(request("read the pepper", "ssm:GetParameters", names.parameter(parameters.refreshTokenPepper))),
  denied(request("put another object into the backup bucket", "s3:PutObject", `${names.backupBucket}/1`)),
  denied(
    request(
      "log in to the cache as the service's user",
      "elasticache:Connect",
      names.arn("elasticache", `user:${cacheUserName(names.environment.name)}`),
    ),
  ),
];
