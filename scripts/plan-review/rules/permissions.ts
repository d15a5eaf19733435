import { toCodeSpan } from "../code-span.ts";
import { computeDifferences, isSensitive, isUnknown } from "../differences.ts";
import { type Finding, type FindingsByType, findingsAbout } from "../finding.ts";
import { isRemoval, type ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("Permissions");

/** A principal may do more than before, other than by the text of a policy. */
export function checkPermissions(change: ResourceChange): Finding[] {
  if (isRemoval(change)) return [];
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
  return after || isUnknown(change, "permissions_boundary")
    ? [warning("gets another permissions boundary: compare what the two allow")]
    : [critical("loses its permissions boundary: only its policies limit it now")];
}

/** Attributes that name managed policies. */
const attachments = ["policy_arn", "policy_arns", "managed_policy_arns"];

function checkAttachments(change: ResourceChange): Finding[] {
  if (!/^aws_iam_(role$|user$|.*polic(y|ies)_attachments?)/.test(change.type)) return [];
  const { before, after, type } = change;
  const isAttachment = type.includes("attachment");
  const principal = after.role ?? after.role_name ?? after.user ?? after.group;
  const target = typeof principal === "string" && isAttachment ? ` to ${toCodeSpan(principal)}` : "";
  return attachments.flatMap((attribute) => {
    if (isUnknown(change, attribute) && isAttachment) return [warning(`a policy is attached${target}`)];
    // A changed attachment may attach the same policy to another principal.
    const old = attribute === "policy_arn" ? [] : [before[attribute] ?? []].flat();
    return [after[attribute] ?? []]
      .flat()
      .filter((policy) => !old.includes(policy))
      .map((policy) => (isPowerful(policy) ? critical : warning)(`${toCodeSpan(policy)} is attached${target}`));
  });
}

const isPowerful = (policy: unknown): boolean =>
  /\/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$/.test(String(policy));

function checkFunctionCaller(change: ResourceChange): Finding[] {
  if (!/^aws_lambda_(layer_version_)?permission$/.test(change.type)) return [];
  const { principal, action, source_arn: source, source_account: account, ...after } = change.after;
  const organization = after.principal_org_id ?? after.organization_id;
  const name = after.function_name ?? after.layer_name;
  const isOpen = principal === "*" && !source && !account && !organization;
  const shown = isSensitive(change, "source_arn") || !source ? "" : ` for ${toCodeSpan(source)}`;
  const text = `${toCodeSpan(principal)} may ${toCodeSpan(action)} on ${toCodeSpan(name)}${shown}`;
  return [(isOpen ? critical : warning)(text)];
}

/** Types whose only purpose is to give access. */
const accessGrants: FindingsByType = {
  aws_iam_access_key: critical("a key that does not expire: anyone who finds it has access"),
  aws_iam_group_membership: warning("members of the group get all its permissions"),
  aws_iam_openid_connect_provider: warning("the issuer or audience of accepted tokens changes"),
  aws_iam_user: warning("a user, whose access keys do not expire as those of a role do"),
  aws_iam_user_group_membership: warning("members of the group get all its permissions"),
  aws_iam_user_login_profile: warning("a password for the console"),
  aws_kms_grant: warning("a permission to use a key that no policy shows"),
};

function checkAccessGrants(change: ResourceChange): Finding[] {
  const grant = accessGrants[change.type];
  const isCosmetic =
    change.effect === "change" && computeDifferences(change).every(({ path }) => /^(tags|thumbprint)/.test(path));
  return grant && !isCosmetic ? [grant] : [];
}

/** https://www.mongodb.com/docs/atlas/mongodb-users-roles-and-privileges/ */
const privilegedRoles = /^(atlasAdmin|.*AnyDatabase|backup|clusterMonitor|enableSharding)$/;

function checkDatabaseRoles({ type, before, after }: ResourceChange): Finding[] {
  if (type !== "mongodbatlas_database_user") return [];
  const toRoles = (value: unknown): string[] =>
    (Array.isArray(value) ? value : []).map(({ role_name: role, database_name, collection_name }) =>
      [role, database_name, collection_name].filter(Boolean).join(" on "),
    );
  const old = toRoles(before.roles);
  return toRoles(after.roles)
    .filter((role) => !old.includes(role))
    .map((role) => {
      const finding = privilegedRoles.test(role.split(" ")[0]!) ? critical : warning;
      return finding(`gets ${toCodeSpan(role)} in the database`);
    });
}

/** https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ */
function checkCacheUser({ type, effect, before, after }: ResourceChange): Finding[] {
  if (type !== "aws_elasticache_user" || effect === "create") return [];
  if (/no-password|true/.test(JSON.stringify([after.authentication_mode, after.no_password_required]))) {
    return [critical("can log in to Redis without a password")];
  }
  if (before.access_string === after.access_string) return [];
  const isAll = /\+@all|allcommands/.test(String(after.access_string));
  return [(isAll ? critical : warning)(`${toCodeSpan("access_string")} changes: its permissions in Redis`)];
}
