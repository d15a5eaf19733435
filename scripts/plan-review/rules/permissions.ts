import { namesOwner } from "../conditions.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import { type Finding, findingsAbout, toCodeSpan } from "../finding.ts";
import { type Attributes, isRemoval, type ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("Permissions");

/** A principal may do more than before, other than by the text of a policy. */
export function checkPermissions(change: ResourceChange): Finding[] {
  const { type } = change;
  if (isRemoval(change)) return [];
  if (/^aws_iam_(role$|user$|.*polic(y|ies)_attachments?)/.test(type)) return checkAttachments(change);
  if (/^aws_lambda_(layer_version_)?permission$/.test(type)) return checkFunctionCaller(change);
  return type === "mongodbatlas_database_user" ? checkDatabaseRoles(change) : [];
}

const toList = (value: unknown) => [value ?? []].flat() as unknown[];

function checkAttachments(change: ResourceChange): Finding[] {
  const { before, after } = change;
  const isAttachment = change.type.includes("attachment");
  const principal = after.role ?? after.role_name ?? after.user ?? after.group;
  const target = typeof principal === "string" && isAttachment ? ` to ${toCodeSpan(principal)}` : "";
  return ["policy_arn", "policy_arns", "managed_policy_arns"].flatMap((attribute) => {
    if (isUnknown(change, attribute) && isAttachment) return [warning(`a policy is attached${target}`)];
    // A changed attachment may attach the same policy to another principal.
    const old = attribute === "policy_arn" ? [] : toList(before[attribute]);
    const added = toList(after[attribute]).filter((policy) => !old.includes(policy));
    if (added.length === 0) return [];
    const isPowerful = added.some((policy) =>
      /\/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$/.test(String(policy)),
    );
    const names = added.map(toCodeSpan).join(", ");
    return [(isPowerful ? critical : warning)(`${names} ${added.length > 1 ? "are" : "is"} attached${target}`)];
  });
}

function checkFunctionCaller(change: ResourceChange): Finding[] {
  const { principal, action, source_arn: source, ...after } = change.after;
  const limits = [source, after.source_account, after.principal_org_id, after.organization_id];
  const isLimited = limits.some((owner) => typeof owner === "string" && namesOwner(owner));
  const name = after.function_name ?? after.layer_name;
  const shown = isSensitive(change, "source_arn") || !source ? "" : ` for ${toCodeSpan(source)}`;
  const text = `${toCodeSpan(principal)} may ${toCodeSpan(action)} on ${toCodeSpan(name)}${shown}`;
  return [(principal === "*" && !isLimited ? critical : warning)(text)];
}

/** https://www.mongodb.com/docs/atlas/mongodb-users-roles-and-privileges/ */
const privilegedRoles = /^(atlasAdmin|\w*AnyDatabase|backup|clusterMonitor|enableSharding)\b/;

function checkDatabaseRoles({ before, after }: ResourceChange): Finding[] {
  const toRoles = ({ roles }: Attributes) =>
    (toList(roles) as Attributes[]).map(({ role_name, database_name, collection_name }) =>
      [role_name, database_name, collection_name].filter(Boolean).join(" on "),
    );
  const old = toRoles(before);
  const added = toRoles(after).filter((role) => !old.includes(role));
  return added.map((role) =>
    (privilegedRoles.test(role) ? critical : warning)(`gets ${toCodeSpan(role)} in the database`),
  );
}
