import { OperatorError } from "../cli/errors.ts";
import { isObject, type Json, type JsonObject, type Stack } from "../terraform/synthesis.ts";

/** One attribute that the infrastructure test changes in the synthesized stacks. */
export interface Difference {
  /** Path in `cdk.tf.json`, with `*` for any key or index. The last key may be a new one. */
  readonly at: string;
  /**
   * The new value, or a function of the stack's account and the current value.
   *
   * @default removes the attribute, where it exists
   */
  readonly to?: Json | ((account: string, value: Json) => Json);
  /** Changes the attribute only if it has this value. @default any value */
  readonly from?: Json;
  readonly why: string;
}

/** The differences by the circumstance that requires them. */
export interface Differences {
  /** The available provider is older than the one that the stacks require. */
  readonly olderProvider: readonly Difference[];
  /** The test applies the stacks to an emulator and destroys them. */
  readonly applied: readonly Difference[];
  /** There is no emulator: the test plans the stacks without network access. */
  readonly onlyPlanned: readonly Difference[];
}

const domainName = "resource.aws_api_gateway_domain_name.*";
const withoutEmulator = "without an emulator, the account and the credentials are unknown";

/** Every difference between the tested stacks and the synthesized ones. An entry that matches nothing is an error. */
export const providerDifferences: Differences = {
  olderProvider: [
    {
      at: "terraform.required_providers.aws.version",
      to: ">= 5.100.0",
      why: "the available provider is older than the stacks require",
    },
    { at: `${domainName}.endpoint_access_mode`, why: "supported since 6.28" },
    {
      at: `${domainName}.security_policy`,
      from: "SecurityPolicy_TLS13_1_3_2025_09",
      to: "TLS_1_2",
      why: "supported since 6.28; TLS_1_2 is the strictest policy before",
    },
    {
      at: `${domainName}.security_policy`,
      from: "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
      to: "TLS_1_2",
      why: "supported since 6.28",
    },
    { at: "resource.aws_api_gateway_rest_api.*.security_policy", why: "supported since 6.53" },
    { at: "resource.aws_api_gateway_rest_api.*.endpoint_access_mode", why: "supported since 6.53" },
    {
      at: "resource.aws_cloudfront_distribution.*.viewer_certificate.minimum_protocol_version",
      from: "TLSv1.3_2025",
      to: "TLSv1.2_2021",
      why: "the provider is older than this policy",
    },
    { at: "resource.aws_lambda_function.*.runtime", from: "nodejs24.x", to: "nodejs22.x", why: "supported since 6.19" },
  ],
  applied: [
    {
      at: "provider.aws.*.allowed_account_ids",
      to: (account) => [account],
      why: "each run has separate accounts in the emulator, so that it never meets the leftovers of another run",
    },
    {
      at: "provider.aws.*.assume_role",
      to: (account) => [{ role_arn: `arn:aws:iam::${account}:role/infra-test` }],
      why: "the emulator derives the account of a request from the assumed role",
    },
    {
      at: "resource.aws_s3_bucket.*.bucket",
      to: (account, name) => String(name).replace(/\d{12}$/, account),
      why: "bucket names are globally unique, also across the accounts of the emulator",
    },
    { at: "resource.*.*.lifecycle.prevent_destroy", to: false, why: "the test destroys what it applies" },
  ],
  onlyPlanned: [
    { at: "provider.aws.*.allowed_account_ids", why: withoutEmulator },
    { at: "provider.aws.*.skip_requesting_account_id", to: true, why: withoutEmulator },
    { at: "provider.aws.*.skip_credentials_validation", to: true, why: withoutEmulator },
  ],
};

/**
 * Applies differences to stacks.
 *
 * @param getAccount returns the AWS account that a stack is applied in
 * @throws {OperatorError} if a difference matches nothing in any stack
 */
export function applyDifferences(
  stacks: readonly Stack[],
  differences: readonly Difference[],
  getAccount: (stack: Stack) => string,
): Stack[] {
  const unmatched = new Set(differences);
  const changed = stacks.map((stack) => {
    const configuration = structuredClone(stack.configuration);
    for (const difference of differences) {
      if (applyDifference(configuration, difference.at.split("."), difference, getAccount(stack))) {
        unmatched.delete(difference);
      }
    }
    return { ...stack, configuration };
  });
  const [stale] = unmatched;
  if (!stale) return changed;
  throw new OperatorError("provider-difference-unused", {
    what: `The difference at ${stale.at} matches nothing in any stack.`,
    why: `The stacks no longer have the attribute or value (${stale.why}).`,
    action: "Remove it from scripts/infra-test/provider-differences.ts.",
  });
}

/** @returns whether anything matched */
function applyDifference(container: Json, path: readonly string[], difference: Difference, account: string): boolean {
  const [key, ...rest] = path as [string, ...string[]];
  const children: JsonObject | Json[] | undefined =
    isObject(container) || Array.isArray(container) ? container : undefined;
  if (!children) return false;
  const keys = key === "*" ? Object.keys(children) : [key];
  const matches = keys.filter((name) => {
    const object = children as JsonObject;
    if (rest.length > 0) return applyDifference(object[name] ?? null, rest, difference, account);
    if (difference.from !== undefined && object[name] !== difference.from) return false;
    if (difference.to === undefined) return name in object && delete object[name];
    object[name] = typeof difference.to === "function" ? difference.to(account, object[name] ?? null) : difference.to;
    return true;
  });
  return matches.length > 0;
}
