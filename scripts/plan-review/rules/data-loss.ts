import { toCodeSpan } from "../code-span.ts";
import type { Finding, Severity } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

/** What is lost with a resource. Types of other infrastructures than ours stand here too: a new store is reviewed before it is listed. */
const losses: Readonly<Record<string, readonly [Severity, string]>> = {
  aws_api_gateway_api_key: ["danger", "the key changes: every installed app is refused until it is updated"],
  aws_cloudformation_stack: [
    "danger",
    "what it made is gone, and a secret that it made up is another one afterwards",
  ],
  aws_cloudwatch_log_group: ["attention", "its log is lost"],
  aws_db_instance: ["danger", "its database is lost"],
  aws_dynamodb_table: ["danger", "its items are lost"],
  aws_efs_file_system: ["danger", "its files are lost"],
  aws_eip: ["danger", "its address is lost, and with it our place on access lists"],
  aws_elasticache_replication_group: ["danger", "all sessions are lost: every user has to log in again"],
  aws_kms_key: ["danger", "what it encrypts can never be read again, and what it signed no longer verifies"],
  aws_rds_cluster: ["danger", "its databases are lost"],
  aws_route53_zone: [
    "danger",
    "it gets other name servers: our names do not resolve until the registrar has them",
  ],
  aws_s3_bucket: ["danger", "its objects are lost"],
  aws_secretsmanager_secret: ["danger", "its value is lost"],
  aws_sqs_queue: ["attention", "messages that wait in it are lost"],
  aws_ssm_parameter: ["danger", "its value is lost, also where a script has changed it since"],
  mongodbatlas_advanced_cluster: ["danger", "its databases and its snapshots are lost"],
  mongodbatlas_cloud_backup_schedule: ["danger", "no more snapshots are taken, and old ones may be deleted"],
  mongodbatlas_encryption_at_rest: ["danger", "the cluster cannot read its data without it"],
  mongodbatlas_flex_cluster: ["danger", "its databases and its snapshots are lost"],
  mongodbatlas_online_archive: ["danger", "what it archived is lost"],
  mongodbatlas_project: ["danger", "all its clusters are lost"],
};

/** Types of which a loss is known. */
export const statefulTypes: readonly string[] = Object.keys(losses);

/** A resource that keeps something is destroyed or made anew, which leaves it empty. */
export function checkDataLoss({ type, effect, replacePaths }: ResourceChange): Finding[] {
  const loss = losses[type];
  if (!loss || (effect !== "replace" && effect !== "destroy")) return [];
  const [severity, lost] = loss;
  const cause = replacePaths.length > 0 ? ` (for ${replacePaths.map(toCodeSpan).join(", ")})` : "";
  const done = effect === "replace" ? `is replaced${cause}` : "is destroyed";
  return [{ severity, subject: "Data loss", text: `${done}: ${lost}` }];
}
