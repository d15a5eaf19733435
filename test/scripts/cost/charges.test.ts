import { expect } from "chai";
import { estimate } from "../../../scripts/cost/estimate.ts";
import type { Attributes } from "../../../scripts/terraform/resources.ts";
import { expectCode } from "../../support/errors.ts";

type Configuration = Readonly<Record<string, Readonly<Record<string, Attributes>>>>;

/** US dollars of a month with these resources, idle and at each load. */
const cost = (resource: Configuration): readonly number[] =>
  estimate({ "ecobeat-staging-service": { resource } }).total;

const endpoint = (...zones: string[]): Configuration => ({
  aws_vpc_endpoint: {
    a: { vpc_endpoint_type: "Interface", service_name: "com.amazonaws.eu-west-1.ssm", subnet_ids: zones },
  },
});
const cache = (node_type: string, num_cache_clusters: number): Configuration => ({
  aws_elasticache_replication_group: { a: { node_type, num_cache_clusters } },
});
const api = (memory_size: number): Configuration => ({
  aws_lambda_function: { api: { function_name: "ecobeat-staging-api", memory_size } },
});
const auth = { aws_lambda_function: { a: { function_name: "ecobeat-staging-auth", memory_size: 1_024 } } };
const provisioned = (min_capacity: number, max_capacity: number): Configuration => ({
  ...auth,
  aws_lambda_alias: { live: { function_name: "${aws_lambda_function.a.function_name}" } },
  aws_lambda_provisioned_concurrency_config: { a: { qualifier: "${aws_lambda_alias.live.name}" } },
  aws_appautoscaling_target: { a: { min_capacity, max_capacity } },
  aws_appautoscaling_policy: { a: { target_tracking_scaling_policy_configuration: { target_value: 0.1 } } },
});
const webAcl = (scope: string, ...rule: object[]): Configuration => ({ aws_wafv2_web_acl: { a: { scope, rule } } });
const template = (...Rules: object[]): Configuration => ({
  aws_cloudformation_stack: {
    a: {
      template_body: JSON.stringify({
        Resources: {
          group: { Type: "AWS::WAFv2::RuleGroup", Properties: { Rules } },
          other: { Type: "AWS::CloudFront::Function" },
        },
      }),
    },
  },
});
const key = (attributes: Attributes): Configuration => ({ aws_kms_key: { a: attributes } });
const log = (retention_in_days: number): Configuration => ({
  aws_cloudwatch_log_group: { a: { name: "/aws/apigateway/ecobeat-staging-api", retention_in_days } },
});
const masking = {
  aws_cloudwatch_log_data_protection_policy: { a: { log_group_name: "${aws_cloudwatch_log_group.a.name}" } },
};
const alarm = (...metrics: object[]): Configuration => ({
  aws_cloudwatch_metric_alarm: { a: { metric_query: [{ id: "result" }, ...metrics] } },
});
const stage = (xray_tracing_enabled: boolean): Configuration => ({
  aws_api_gateway_stage: { a: { xray_tracing_enabled } },
});
const backups = (days: number, hours: number, attributes: Attributes = {}): Configuration => ({
  aws_scheduler_schedule: { dump: { schedule_expression: `cron(30 3/${hours} * * ? *)` } },
  aws_s3_bucket: { a: { bucket: "ecobeat-staging-backups-111122223333", ...attributes } },
  aws_s3_bucket_object_lock_configuration: {
    lock: { bucket: "${aws_s3_bucket.a.id}", rule: { default_retention: { days } } },
  },
});

const restApi = { aws_api_gateway_rest_api: { a: {} } };
const nat = { aws_nat_gateway: { a: {} } };
const flex = { mongodbatlas_flex_cluster: { a: {} } };

describe("charges for a resource", () => {
  for (const [what, less, more] of [
    ["one more node", cache("cache.t3.small", 1), cache("cache.t3.small", 2)],
    ["a larger node", cache("cache.t3.micro", 1), cache("cache.t3.small", 1)],
    ["an endpoint in one more zone", endpoint("a"), endpoint("a", "b")],
    ["one more rule of a web ACL", webAcl("REGIONAL", {}), webAcl("REGIONAL", {}, {})],
    ["one more rule of a group that CloudFormation creates", template({}), template({}, {})],
    ["one more metric of an alarm", alarm({ metric: {} }), alarm({ metric: {} }, { metric: {} })],
    ["one more hosted zone", { aws_route53_zone: { a: {} } }, { aws_route53_zone: { a: {}, b: {} } }],
    ["an address", {}, { aws_eip: { a: {} } }],
    ["a dashboard", {}, { aws_cloudwatch_dashboard: { a: {} } }],
    ["a Contributor Insights rule", {}, { aws_cloudwatch_contributor_insight_rule: { a: {} } }],
    ["a metric filter", {}, { aws_cloudwatch_log_metric_filter: { a: {} } }],
    ["provisioned concurrency", auth, provisioned(2, 3)],
    ["more provisioned concurrency", provisioned(1, 1), provisioned(2, 2)],
    ["longer retention of backups", backups(7, 4), backups(30, 4)],
    ["more frequent backups", backups(30, 4), backups(30, 2)],
    ["a replica of backups in another region", backups(30, 4), backups(30, 4, { provider: "aws.eu-central-1" })],
  ] as const) {
    it(`costs more with ${what}, also when idle`, () => {
      const before = cost(less);
      for (const [column, usd] of cost(more).entries()) expect(usd).to.be.greaterThan(before[column]!);
    });
  }

  for (const [what, less, more] of [
    ["memory of a function", api(512), api(1_024)],
    ["retention of a log", log(7), log(30)],
    ["data protection of a log", log(30), { ...log(30), ...masking }],
    ["tracing", stage(false), stage(true)],
    ["signatures of a key", key({}), key({ key_usage: "SIGN_VERIFY" })],
    ["the limit of provisioned concurrency", provisioned(2, 2), provisioned(2, 3)],
  ] as const) {
    it(`costs more under load with ${what}`, () => {
      expect(cost(more).at(-1)).to.be.greaterThan(cost(less).at(-1)!);
    });
  }

  for (const [what, resource] of [
    ["requests of the API", restApi],
    ["bytes through the NAT", nat],
    ["requests at a web ACL", webAcl("REGIONAL")],
    ["calls of a function", api(512)],
    ["operations of Flex", flex],
    ["traces", stage(true)],
    ["log lines", log(30)],
    ["signatures", key({ key_usage: "SIGN_VERIFY" })],
    ["parameters that are read", { aws_ssm_service_setting: { a: {} } }],
  ] as const) {
    it(`costs more with more ${what}`, () => {
      const usd = cost(resource);
      expect(usd.at(-1)).to.be.greaterThan(usd[0]!);
    });
  }

  for (const [what, resource] of [
    ["a gateway endpoint", { aws_vpc_endpoint: { a: { vpc_endpoint_type: "Gateway" } } }],
    ["a stage without traces", stage(false)],
    ["a CloudFront function without requests", template()],
  ] as const) {
    it(`is nothing for ${what}`, () => {
      expect(cost(resource)).to.deep.equal([0, 0, 0, 0]);
    });
  }

  it("counts each parameter that is read with the higher throughput of Parameter Store", () => {
    const [, , usd] = cost({ aws_ssm_service_setting: { a: {} } });
    // At 10 requests/s: four in each 200th request, and every 30 s two of each busy environment of auth, and one of api.
    const atColdStarts = (10 * 4) / 200;
    const again = (2 * (0.06 + 3 * Math.sqrt(0.06)) + 0.225 + 3 * Math.sqrt(0.225)) / 30;
    expect(usd).to.be.closeTo(((atColdStarts + again) * 2_628_000 * 0.05) / 10_000, 1e-6);
  });

  it("is less for the API's bytes when they go to CloudFront", () => {
    const apiOf = (resource: Configuration) =>
      estimate({ "ecobeat-production-service": { resource } }).resources.find(
        ({ type }) => type === "aws_api_gateway_rest_api",
      )!.usd;
    const withCdn = apiOf({ ...restApi, aws_cloudfront_distribution: { a: {} } });
    expect(withCdn.at(-1)).to.be.lessThan(apiOf(restApi).at(-1)!);
  });

  for (const [code, resource] of [
    ["function-usage-unknown", { aws_lambda_function: { a: { function_name: "ecobeat-staging-mail" } } }],
    ["log-group-usage-unknown", { aws_cloudwatch_log_group: { a: { name: "/aws/mail" } } }],
  ] as const) {
    it(`is an error with the code ${code} if the rules do not cover it`, () => expectCode(code, () => cost(resource)));
  }
});
