import { ConfigurationError } from "../../service/config.ts";
import { isObject, type Json, type JsonObject, type Stack } from "../terraform/synthesis.ts";

/** One attribute that the infrastructure test changes in the synthesized stacks. */
export interface Difference {
  /** Path in `cdk.tf.json`, with `*` for any key or index; the last key may be one that is not there yet. */
  readonly at: string;
  /**
   * What the attribute becomes, or how that follows from the account of its stack and from its value.
   *
   * @default the attribute is removed, where it is there
   */
  readonly to?: Json | ((account: string, value: Json) => Json);
  /** Changes the attribute only where it has this value. @default whatever it has */
  readonly from?: Json;
  /** When it is needed. */
  readonly when: keyof Circumstances;
  /** Why it is needed, for the person who reads the list. */
  readonly why: string;
}

/** What decides which differences are needed. */
export interface Circumstances {
  /** The provider at hand is older than the one the stacks ask for. */
  readonly olderProvider: boolean;
  /** An emulator is there: the stacks are applied and destroyed. */
  readonly applied: boolean;
  /** No emulator is there: the stacks are planned and nothing is reached. */
  readonly onlyPlanned: boolean;
}

/**
 * Every difference between the tested stacks and the synthesized ones. An entry that matches nothing stops the
 * infrastructure test.
 */
export const providerDifferences: readonly Difference[] = [
  {
    at: "terraform.required_providers.aws.version",
    when: "olderProvider",
    to: ">= 5.100.0",
    why: "the provider at hand is older than the one the stacks ask for",
  },
  {
    at: "resource.aws_api_gateway_domain_name.*.endpoint_access_mode",
    when: "olderProvider",
    why: "the provider knows it since 6.28",
  },
  {
    at: "resource.aws_api_gateway_domain_name.*.security_policy",
    when: "olderProvider",
    from: "SecurityPolicy_TLS13_1_3_2025_09",
    to: "TLS_1_2",
    why: "the provider knows this policy since 6.28, and TLS_1_2 as the strictest before",
  },
  {
    at: "resource.aws_api_gateway_domain_name.*.security_policy",
    when: "olderProvider",
    from: "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    to: "TLS_1_2",
    why: "the provider knows this policy since 6.28",
  },
  {
    at: "resource.aws_api_gateway_rest_api.*.security_policy",
    when: "olderProvider",
    why: "the provider knows it since 6.53",
  },
  {
    at: "resource.aws_api_gateway_rest_api.*.endpoint_access_mode",
    when: "olderProvider",
    why: "the provider knows it since 6.53",
  },
  {
    at: "resource.aws_cloudfront_distribution.*.viewer_certificate.minimum_protocol_version",
    when: "olderProvider",
    from: "TLSv1.3_2025",
    to: "TLSv1.2_2021",
    why: "the provider is older than this policy",
  },
  {
    at: "resource.aws_lambda_function.*.runtime",
    when: "olderProvider",
    from: "nodejs24.x",
    to: "nodejs22.x",
    why: "the provider knows this runtime since 6.19",
  },
  {
    at: "provider.aws.*.allowed_account_ids",
    when: "applied",
    to: (account) => [account],
    why: "each run has accounts of its own in the emulator, so that runs and leftovers never meet",
  },
  {
    at: "provider.aws.*.assume_role",
    when: "applied",
    to: (account) => [{ role_arn: `arn:aws:iam::${account}:role/infra-test` }],
    why: "the emulator takes the account of a request from the role it was made with",
  },
  {
    at: "resource.aws_s3_bucket.*.bucket",
    when: "applied",
    to: (account, name) => String(name).replace(/\d{12}$/, account),
    why: "bucket names are unique in the world, and in the emulator, whatever the account",
  },
  {
    at: "resource.*.*.lifecycle.prevent_destroy",
    when: "applied",
    to: false,
    why: "what is applied on the emulator is destroyed again",
  },
  {
    at: "provider.aws.*.allowed_account_ids",
    when: "onlyPlanned",
    why: "without an emulator nobody can say which account it is",
  },
  {
    at: "provider.aws.*.skip_requesting_account_id",
    when: "onlyPlanned",
    to: true,
    why: "without an emulator nobody can say which account it is",
  },
  {
    at: "provider.aws.*.skip_credentials_validation",
    when: "onlyPlanned",
    to: true,
    why: "without an emulator nobody can check the credentials, which are none",
  },
];

/** The differences that are needed in these circumstances. */
export const selectDifferences = (list: readonly Difference[], circumstances: Circumstances): Difference[] =>
  list.filter((difference) => circumstances[difference.when]);

/**
 * Makes the changes of the list, and no other.
 *
 * @param accountOf the AWS account that a stack is applied in
 * @throws {ConfigurationError} when an entry of the list matches nothing in any stack
 */
export function applyDifferences(
  stacks: readonly Stack[],
  differences: readonly Difference[],
  accountOf: (stack: Stack) => string,
): Stack[] {
  const unmatched = new Set(differences);
  const rewritten = stacks.map((stack) => {
    const configuration = structuredClone(stack.configuration);
    for (const difference of differences) {
      if (applyDifference(configuration, difference.at.split("."), difference, accountOf(stack))) {
        unmatched.delete(difference);
      }
    }
    return { ...stack, configuration };
  });
  const [stale] = unmatched;
  if (stale) {
    throw new ConfigurationError(
      `The difference at ${stale.at} matches nothing in any stack. The stacks no longer have what it was listed for ` +
        `(${stale.why}). Remove it from scripts/infra-test/provider-differences.ts.`,
    );
  }
  return rewritten;
}

/** Returns whether anything matched. */
function applyDifference(
  container: Json,
  path: readonly string[],
  difference: Difference,
  account: string,
): boolean {
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
    object[name] =
      typeof difference.to === "function" ? difference.to(account, object[name] ?? null) : difference.to;
    return true;
  });
  return matches.length > 0;
}
