import { environments } from "../../stacks/environments/index.ts";
import { functionName, migrationFunction } from "../../stacks/names.ts";
import { preTrafficFunctionId } from "../release/pre-traffic/contract.ts";
import type { Difference } from "./differences.ts";
import { isManagedElsewhere, type StateResource } from "./managed-attributes.ts";
import type { ResourceChange } from "./resource-change.ts";
import { isRotated } from "./rotated-keys.ts";

/**
 * The changes that someone made outside of Terraform, without what releases, key rotations, Terraform and the services changed.
 *
 * @param state the resources as the refresh has read them
 */
export function findUnexpectedDrift(
  drift: readonly ResourceChange[],
  state: readonly StateResource[],
): ResourceChange[] {
  return drift
    .map((change) => withoutExpected(change, state))
    .filter(({ effect, differences }) => effect !== "change" || differences.length > 0);
}

/** Rules compare what was before and after: for them, an expected change has always been there. */
function withoutExpected(change: ResourceChange, state: readonly StateResource[]): ResourceChange {
  const isExpected = (attribute: string) =>
    isReleasedOrScaled(change, attribute, state) ||
    isRotated(change, attribute, state) ||
    isRenewed(change, attribute) ||
    isManagedElsewhere(change, attribute, state);
  const attributes = new Set(change.differences.map(getAttribute).filter(isExpected));
  const expected = Object.fromEntries([...attributes].map((attribute) => [attribute, change.after[attribute]]));
  return {
    ...change,
    before: { ...change.before, ...expected },
    differences: change.differences.filter(
      (difference) =>
        !attributes.has(getAttribute(difference)) && !isRefreshed(difference) && !isReported(change, difference),
    ),
  };
}

const getAttribute = ({ path }: Difference): string => path.split(".")[0]!;

/** Whether the provider's first refresh writes it in place of nothing. */
const isRefreshed = ({ before, after }: Difference): boolean =>
  before === undefined && (after === 0 || after === false);

/** Attributes that releases and scaling change. The stacks make Terraform ignore them. */
export const ignoredChanges: Readonly<Record<string, readonly string[]>> = {
  aws_lambda_alias: ["function_version", "routing_config", "description"],
  aws_lambda_provisioned_concurrency_config: ["provisioned_concurrent_executions"],
};

/** The functions that run one archive: a release, and an apply, updates both. */
const servingFunctionIds: readonly string[] = ["api", "auth"];

/** Ids of the functions whose code a release updates. In others, new code is drift. */
export const releasedFunctionIds: readonly string[] = [...servingFunctionIds, migrationFunction, preTrafficFunctionId];

const toNames = (ids: readonly string[]): ReadonlySet<unknown> =>
  new Set(Object.values(environments).flatMap(({ name }) => ids.map((id) => functionName(name, id))));
const servingFunctions = toNames(servingFunctionIds);
const releasedFunctions = toNames(releasedFunctionIds);
const migrationFunctions = toNames([migrationFunction]);

/**
 * What new code and a new version change in a function, by what the provider reads:
 * https://github.com/hashicorp/terraform-provider-aws/blob/v6.66.0/internal/service/lambda/function.go
 */
const releasedAttributes = /^(code_sha256|last_modified|qualified_(invoke_)?arn|source_code_(hash|size)|version)$/;

function isReleasedOrScaled({ type, after }: ResourceChange, attribute: string, state: readonly StateResource[]) {
  if (type !== "aws_lambda_function") return ignoredChanges[type]?.includes(attribute) ?? false;
  const { function_name: name } = after;
  // Its archive brings its architecture. That of `api` and `auth` comes from Terraform alone.
  if (attribute === "architectures") return migrationFunctions.has(name);
  if (!releasedFunctions.has(name) || !releasedAttributes.test(attribute)) return false;
  if (!servingFunctions.has(name)) return true;
  // Of one environment, since each has its own stack. If their code differs, someone else has uploaded it, or a release was interrupted.
  const codes = state.flatMap(({ type, values }) =>
    type === "aws_lambda_function" && servingFunctions.has(values.function_name) ? [values.code_sha256] : [],
  );
  return new Set(codes).size <= 1;
}

/** Whether ACM has issued or renewed a certificate by itself: https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html */
const isRenewed = ({ type, after }: ResourceChange, attribute: string): boolean =>
  type === "aws_acm_certificate" &&
  after.status === "ISSUED" &&
  /^(status|not_(after|before)|pending_renewal|renewal_(eligibility|summary))$/.test(attribute);

/**
 * What a service reports, and no one sets: the time of the next snapshot, states that come and go, patch releases that it installs, and
 * the disk, which Atlas extends. Seen in the provider, which writes them with each refresh:
 * https://github.com/mongodb/terraform-provider-mongodbatlas/tree/v1.41.1/internal/service
 */
const reported: readonly (readonly [type: RegExp, path: RegExp])[] = [
  [/^aws_elasticache_replication_group$/, /^engine_version_actual$/],
  [/^mongodbatlas_advanced_cluster$/, /^(replication_specs\..*\.)?disk_(iops|size_gb)$/],
  [/^mongodbatlas_(advanced|flex)_cluster$/, /^(mongo_db_version|state_name)$/],
  [/^mongodbatlas_cloud_backup_schedule$/, /^next_snapshot$/],
  [/^mongodbatlas_cloud_provider_access_authorization$/, /^feature_usages\b/],
  [/^mongodbatlas_cloud_provider_access_setup$/, /^last_updated_date$/],
  [/^mongodbatlas_online_archive$/, /^state$/],
];

/** The states of a deletion do not go again. */
const isReported = ({ type }: ResourceChange, { path, after }: Difference): boolean =>
  !/^(DELET|ORPHAN)/.test(`${after}`) && reported.some(([types, paths]) => types.test(type) && paths.test(path));
