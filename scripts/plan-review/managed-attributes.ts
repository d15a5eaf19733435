import { parseJson } from "../../service/platform/parse-json.ts";
import { isObject } from "./differences.ts";
import type { Attributes, ResourceChange } from "./resource-change.ts";

/** A resource in the state, as a refresh has read it. */
export interface StateResource {
  readonly type: string;
  readonly values: Attributes;
}

/**
 * Attributes in which a resource shows what others manage, the type of the others, and their attribute with the id or the ARN of the
 * resource, or with the value of its attribute of the same name. A predicate decides where the values themselves do not show it.
 */
type Row = readonly [
  type: string,
  attributes: RegExp,
  manager: string,
  reference: string,
  isManaged?: (value: unknown, managers: readonly Attributes[]) => boolean,
];

/**
 * Terraform reads a resource when it has created it, and thus before the resources that refer to it exist. The next refresh
 * finds what these have added. Seen with an apply of the stacks, and in the provider, whose `Read` sets these attributes:
 * https://github.com/hashicorp/terraform-provider-aws/tree/v6.66.0/internal/service
 */
const rows: readonly Row[] = [
  ["aws_api_gateway_stage", /^web_acl_arn$/, "aws_wafv2_web_acl_association", "resource_arn"],
  ["aws_eip", /^(association_id|network_interface|private_ip)$/, "aws_nat_gateway", "allocation_id"],
  [
    ...(["aws_eip", /^private_dns$/, "aws_nat_gateway", "allocation_id"] as const),
    (name, managers) =>
      managers.some((each) => `${name}`.startsWith(`ip-${`${each.private_ip}`.replaceAll(".", "-")}.`)),
  ],
  [
    ...(["aws_iam_policy", /^attachment_count$/, "aws_iam_role_policy_attachment", "policy_arn"] as const),
    (count, managers) => count === managers.length,
  ],
  ["aws_iam_role", /^inline_policy$/, "aws_iam_role_policy", "role"],
  ["aws_iam_role", /^managed_policy_arns$/, "aws_iam_role_policy_attachment", "role"],
  ["aws_route_table", /^route$/, "aws_route", "route_table_id"],
  ["aws_s3_bucket", /^lifecycle_rule$/, "aws_s3_bucket_lifecycle_configuration", "bucket"],
  ["aws_s3_bucket", /^object_lock_configuration$/, "aws_s3_bucket_object_lock_configuration", "bucket"],
  ["aws_s3_bucket", /^policy$/, "aws_s3_bucket_policy", "bucket"],
  ["aws_s3_bucket", /^replication_configuration$/, "aws_s3_bucket_replication_configuration", "bucket"],
  [
    ...(["aws_s3_bucket", /^server_side_encryption_configuration$/] as const),
    ...(["aws_s3_bucket_server_side_encryption_configuration", "bucket"] as const),
  ],
  ["aws_s3_bucket", /^versioning$/, "aws_s3_bucket_versioning", "bucket"],
  ["aws_security_group", /^egress$/, "aws_vpc_security_group_egress_rule", "security_group_id"],
  ["aws_security_group", /^ingress$/, "aws_vpc_security_group_ingress_rule", "security_group_id"],
  ["aws_sns_topic", /^policy$/, "aws_sns_topic_policy", "arn"],
  ["aws_sqs_queue", /^policy$/, "aws_sqs_queue_policy", "queue_url"],
  [
    ...(["aws_vpc_endpoint", /^state$/, "mongodbatlas_privatelink_endpoint_service", "endpoint_service_id"] as const),
    (state) => state === "available",
  ],
  [
    ...(["mongodbatlas_privatelink_endpoint", /^interface_endpoints$/] as const),
    ...(["mongodbatlas_privatelink_endpoint_service", "private_link_id"] as const),
  ],
  [
    ...(["mongodbatlas_privatelink_endpoint", /^status$/] as const),
    ...(["mongodbatlas_privatelink_endpoint_service", "private_link_id"] as const),
    (status) => status === "AVAILABLE",
  ],
];

/**
 * Whether resources of the state account for the whole value of an attribute. What only one of them has changed or lost is drift
 * of that one.
 */
export const isManagedElsewhere = (
  { type, after }: ResourceChange,
  attribute: string,
  state: readonly StateResource[],
): boolean =>
  rows.some(([parent, attributes, manager, reference, isManaged = isCovered]) => {
    if (parent !== type || !attributes.test(attribute)) return false;
    const names = [after.id, after.arn, after[reference]].filter((name) => typeof name === "string");
    const managers = state.flatMap((each) =>
      each.type === manager && names.includes(`${each.values[reference]}`) ? [each.values] : [],
    );
    return managers.length > 0 && isManaged(after[attribute], managers);
  });

/** Whether each element of a value has only values of one of the managers, whatever their names. */
function isCovered(value: unknown, managers: readonly Attributes[]): boolean {
  const known = managers.map((manager) => new Set(toTexts(manager)));
  return toElements(value).every((element) => known.some((texts) => element.every((text) => texts.has(text))));
}

/** The values of each element. AWS merges rules of a security group that differ in the source: each source counts as an element. */
function toElements(value: unknown): string[][] {
  if (Array.isArray(value)) return value.flatMap(toElements);
  if (!isObject(value)) return [toTexts(value)];
  const isSources = (part: unknown) => Array.isArray(part) && !part.some(isObject);
  const [sources, others] = [true, false].map((expected) =>
    toTexts(Object.values(value).filter((part) => isSources(part) === expected)),
  ) as [string[], string[]];
  return sources.length > 0 ? sources.map((source) => [...others, source]) : [others];
}

/** All values in a value, without those that stand for nothing. */
function toTexts(value: unknown): string[] {
  if (isObject(value)) return Object.values(value).flatMap(toTexts);
  if (!value) return [];
  // Versioning of a bucket is `enabled`, and that of its own resource has the status `Enabled`.
  return [value === true ? "Enabled" : toCanonicalText(value)];
}

/** AWS returns a policy with other white space, another order, and texts in place of lists of one. */
function toCanonicalText(value: unknown): string {
  const document = typeof value === "string" && value.startsWith("{") ? parseJson(value) : undefined;
  return document === undefined ? String(value) : JSON.stringify(toCanonical(document));
}

function toCanonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(toCanonical).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
    return items.length === 1 ? items[0] : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, toCanonical(value[key])]),
  );
}
