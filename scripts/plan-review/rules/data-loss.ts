import { toCodeSpan } from "../code-span.ts";
import { type Finding, type FindingsByType, findingsAbout } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("Data loss");

/** What is lost with a resource. Also lists types that our stacks do not have, so that a new store is reviewed from the start. */
const losses: FindingsByType = {
  aws_api_gateway_api_key: critical("the key changes: every installed app is rejected until it is updated"),
  aws_cloudformation_stack: critical("its resources are deleted, and a secret that it generated changes"),
  aws_cloudwatch_log_group: warning("its log is lost"),
  aws_db_instance: critical("its database is lost"),
  aws_dynamodb_table: critical("its items are lost"),
  aws_efs_file_system: critical("its files are lost"),
  aws_eip: critical("its address is lost, and with it our entries on access lists"),
  aws_elasticache_replication_group: critical("all sessions are lost: every user has to log in again"),
  aws_kms_key: critical("what it encrypted can never be read again, and what it signed no longer verifies"),
  aws_rds_cluster: critical("its databases are lost"),
  aws_route53_zone: critical("its name servers change: our names do not resolve until the registrar has them"),
  aws_s3_bucket: critical("its objects are lost"),
  aws_secretsmanager_secret: critical("its value is lost"),
  aws_sqs_queue: warning("messages that wait in it are lost"),
  aws_ssm_parameter: critical("its value is lost, including values that a script has written since"),
  mongodbatlas_advanced_cluster: critical("its databases and its snapshots are lost"),
  mongodbatlas_cloud_backup_schedule: critical("no more snapshots are taken, and old ones may be deleted"),
  mongodbatlas_encryption_at_rest: critical("the cluster cannot read its data without it"),
  mongodbatlas_flex_cluster: critical("its databases and its snapshots are lost"),
  mongodbatlas_online_archive: critical("its archived documents are lost"),
  mongodbatlas_project: critical("all its clusters are lost"),
};

/** Types whose resources hold data. */
export const statefulTypes: readonly string[] = Object.keys(losses);

/** A resource that holds data is destroyed, or replaced by an empty one. */
export function checkDataLoss({ type, effect, replacePaths }: ResourceChange): Finding[] {
  const loss = losses[type];
  if (!loss || (effect !== "replace" && effect !== "destroy")) return [];
  const cause = replacePaths.length > 0 ? ` (for ${replacePaths.map(toCodeSpan).join(", ")})` : "";
  const done = effect === "replace" ? `is replaced${cause}` : "is destroyed";
  return [{ ...loss, text: `${done}: ${loss.text}` }];
}
