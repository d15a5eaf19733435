import type { Difference } from "./rewrite.ts";

/**
 * Everything in which the rehearsed stacks differ from the synthesized ones. Each entry is needed somewhere: one that
 * matches nothing any more stops the rehearsal.
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
    to: (account) => [{ role_arn: `arn:aws:iam::${account}:role/rehearsal` }],
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
