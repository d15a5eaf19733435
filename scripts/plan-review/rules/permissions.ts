import { toCodeSpan } from "../code-span.ts";
import { computeDifferences, isSensitive, isUnknown } from "../differences.ts";
import type { Finding, Severity } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

const subject = "Permissions";

const finding = (severity: Severity, text: string): Finding => ({ severity, subject, text });

/** Somebody may do more than before, other than by the text of a policy. */
export function checkPermissions(change: ResourceChange): Finding[] {
  if (change.effect === "destroy" || change.effect === "forget") return [];
  return [
    ...checkBoundary(change),
    ...checkAttachments(change),
    ...checkFunctionCaller(change),
    ...checkAccessGrants(change),
    ...checkDatabaseRoles(change),
    ...checkCacheUser(change),
  ];
}

function checkBoundary(change: ResourceChange): Finding[] {
  const [before, after] = [change.before.permissions_boundary, change.after.permissions_boundary];
  if (!before || before === after) return [];
  if (after || isUnknown(change, "permissions_boundary")) {
    return [finding("attention", "gets another permissions boundary: compare what the two allow")];
  }
  return [
    finding("danger", "its permissions boundary goes: nothing limits any more what its policies may allow"),
  ];
}

/** Attributes that name managed policies. */
const attachments = ["policy_arn", "policy_arns", "managed_policy_arns"];

function checkAttachments(change: ResourceChange): Finding[] {
  if (!/^aws_iam_(role$|user$|.*polic(y|ies)_attachments?)/.test(change.type)) return [];
  const { before, after, type } = change;
  const to = after.role ?? after.role_name ?? after.user ?? after.group;
  const whom = typeof to === "string" && type.includes("attachment") ? ` to ${toCodeSpan(to)}` : "";
  return attachments.flatMap((attribute) => {
    if (isUnknown(change, attribute) && type.includes("attachment")) {
      return [finding("attention", `a policy is attached${whom}`)];
    }
    // An attachment that changes may be of the same policy to somebody else.
    const then = attribute === "policy_arn" ? [] : [before[attribute] ?? []].flat();
    return [after[attribute] ?? []]
      .flat()
      .filter((policy) => !then.includes(policy))
      .map((policy) => finding(getPolicySeverity(policy), `${toCodeSpan(policy)} is attached${whom}`));
  });
}

const getPolicySeverity = (policy: unknown): Severity =>
  /\/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$/.test(String(policy)) ? "danger" : "attention";

function checkFunctionCaller(change: ResourceChange): Finding[] {
  if (!/^aws_lambda_(layer_version_)?permission$/.test(change.type)) return [];
  const { principal, action, source_arn: source, source_account: account, ...after } = change.after;
  const organization = after.principal_org_id ?? after.organization_id;
  const name = after.function_name ?? after.layer_name;
  const isOpen = principal === "*" && !source && !account && !organization;
  const shown = isSensitive(change, "source_arn") || !source ? "" : ` for ${toCodeSpan(source)}`;
  const text = `${toCodeSpan(principal)} may ${toCodeSpan(action)} on ${toCodeSpan(name)}${shown}`;
  return [finding(isOpen ? "danger" : "attention", text)];
}

/** What is there for nothing but to let somebody in. */
const accessGrants: Readonly<Record<string, readonly [Severity, string]>> = {
  aws_iam_access_key: ["danger", "a key that does not end: who finds it is in"],
  aws_iam_group_membership: ["attention", "who is in the group may do all that it may"],
  aws_iam_openid_connect_provider: [
    "attention",
    "whose tokens are believed, and for which audience, changes",
  ],
  aws_iam_user: ["attention", "somebody who comes by keys that do not end, not by a role"],
  aws_iam_user_group_membership: ["attention", "who is in the group may do all that it may"],
  aws_iam_user_login_profile: ["attention", "a password for the console"],
  aws_kms_grant: ["attention", "a right to use a key that no policy shows"],
};

function checkAccessGrants(change: ResourceChange): Finding[] {
  const known = accessGrants[change.type];
  const isOld =
    change.effect === "change" &&
    computeDifferences(change).every(({ path }) => /^(tags|thumbprint)/.test(path));
  return known && !isOld ? [finding(...known)] : [];
}

/** https://www.mongodb.com/docs/atlas/mongodb-users-roles-and-privileges/ */
const privilegedRoles = /^(atlasAdmin|.*AnyDatabase|backup|clusterMonitor|enableSharding)$/;

function checkDatabaseRoles({ type, before, after }: ResourceChange): Finding[] {
  if (type !== "mongodbatlas_database_user") return [];
  const rolesOf = (value: unknown) =>
    (Array.isArray(value) ? value : []).map(
      ({ role_name: role, database_name: on, collection_name: within }) =>
        [role, on, within].filter(Boolean).join(" on "),
    );
  const then = rolesOf(before.roles);
  return rolesOf(after.roles)
    .filter((role) => !then.includes(role))
    .map((role) =>
      finding(
        privilegedRoles.test(role.split(" ")[0]!) ? "danger" : "attention",
        `may ${toCodeSpan(role)} in the database`,
      ),
    );
}

/** https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ */
function checkCacheUser(change: ResourceChange): Finding[] {
  const { type, before, after } = change;
  if (type !== "aws_elasticache_user" || change.effect === "create") return [];
  if (/no-password|true/.test(JSON.stringify([after.authentication_mode, after.no_password_required]))) {
    return [finding("danger", "comes into Redis without a password")];
  }
  if (before.access_string === after.access_string) return [];
  const isAll = /\+@all|allcommands/.test(String(after.access_string));
  return [
    finding(
      isAll ? "danger" : "attention",
      `${toCodeSpan("access_string")} changes: what it may do in Redis`,
    ),
  ];
}
