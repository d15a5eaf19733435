import { expect } from "chai";
import {
  applyDifferences,
  type Difference,
  type Differences,
  providerDifferences,
} from "../../../scripts/infra-test/provider-differences.ts";
import type { JsonObject } from "../../../scripts/terraform/synthesis.ts";
import { expectCode } from "../../support/errors.ts";

const configuration: JsonObject = {
  terraform: { required_providers: { aws: { source: "aws", version: "~> 6.28" } }, required_version: "~> 1.11" },
  provider: { aws: [{ region: "eu-west-1", allowed_account_ids: ["111122223333"] }] },
  resource: {
    aws_api_gateway_domain_name: {
      domain: {
        domain_name: "api.ecobeat.app",
        endpoint_access_mode: "STRICT",
        security_policy: "SecurityPolicy_TLS13_1_3_2025_09",
      },
      origin: { domain_name: "origin.ecobeat.app", security_policy: "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09" },
      older: { domain_name: "old.ecobeat.app", security_policy: "TLS_1_2" },
    },
    aws_api_gateway_rest_api: {
      api: { endpoint_access_mode: "STRICT", security_policy: "SecurityPolicy_TLS13_1_3_2025_09" },
    },
    aws_cloudfront_distribution: { distribution: { viewer_certificate: { minimum_protocol_version: "TLSv1.3_2025" } } },
    aws_lambda_function: { api: { runtime: "nodejs24.x", endpoint_access_mode: "not its own" } },
    aws_s3_bucket: { backups: { bucket: "backups-111122223333" } },
    aws_kms_key: { key: { lifecycle: { prevent_destroy: true, ignore_changes: ["tags"] } } },
  },
};

const apply = (differences: readonly Difference[]): JsonObject =>
  applyDifferences(
    [{ name: "stack", folder: "", dependencies: [], configuration }],
    differences,
    () => "900000000000",
  )[0]!.configuration;

/** Every value by its path, so that two configurations can be compared attribute by attribute. */
function leaves(value: unknown, path = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path ? `${path}.${key}` : key));
}

function changes(before: JsonObject, after: JsonObject): Record<string, unknown> {
  const [old, current] = [new Map(leaves(before)), new Map(leaves(after))];
  const paths = new Set([...old.keys(), ...current.keys()]);
  return Object.fromEntries(
    [...paths].filter((path) => old.get(path) !== current.get(path)).map((path) => [path, current.get(path)]),
  );
}

describe("infrastructure test: provider differences", () => {
  const cases: readonly [keyof Differences, Record<string, unknown>][] = [
    [
      "olderProvider",
      {
        "terraform.required_providers.aws.version": ">= 5.100.0",
        "resource.aws_api_gateway_domain_name.domain.endpoint_access_mode": undefined,
        "resource.aws_api_gateway_domain_name.domain.security_policy": "TLS_1_2",
        "resource.aws_api_gateway_domain_name.origin.security_policy": "TLS_1_2",
        "resource.aws_api_gateway_rest_api.api.endpoint_access_mode": undefined,
        "resource.aws_api_gateway_rest_api.api.security_policy": undefined,
        "resource.aws_cloudfront_distribution.distribution.viewer_certificate.minimum_protocol_version": "TLSv1.2_2021",
        "resource.aws_lambda_function.api.runtime": "nodejs22.x",
      },
    ],
    [
      "applied",
      {
        "provider.aws.0.allowed_account_ids.0": "900000000000",
        "provider.aws.0.assume_role.0.role_arn": "arn:aws:iam::900000000000:role/infra-test",
        "resource.aws_s3_bucket.backups.bucket": "backups-900000000000",
        "resource.aws_kms_key.key.lifecycle.prevent_destroy": false,
      },
    ],
    [
      "onlyPlanned",
      {
        "provider.aws.0.allowed_account_ids.0": undefined,
        "provider.aws.0.skip_requesting_account_id": true,
        "provider.aws.0.skip_credentials_validation": true,
      },
    ],
  ];
  for (const [circumstance, expected] of cases) {
    it(`change exactly the listed attributes: ${circumstance}`, () => {
      const before = structuredClone(configuration);
      expect(changes(before, apply(providerDifferences[circumstance]))).to.deep.equal(expected);
      expect(configuration).to.deep.equal(before);
    });
  }

  for (const difference of [
    { at: "resource.aws_dynamodb_table.*.name", why: "missing type" },
    { at: "resource.aws_lambda_function.*.vpc_config", why: "missing attribute" },
    { at: "resource.aws_lambda_function.*.runtime", from: "nodejs20.x", to: "x", why: "missing value" },
  ]) {
    it(`are an error if they match nothing: ${difference.why}`, async () => {
      const { message } = await expectCode("provider-difference-unused", () => apply([difference]));
      expect(message).to.contain(difference.at);
    });
  }
});
