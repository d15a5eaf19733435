import { expect } from "chai";
import { estimate } from "../../../../scripts/ops/cost/estimate.ts";
import type { Attributes } from "../../../../scripts/ops/cost/resources.ts";

/** US dollars of a month with these resources, idle and at 1, 10 and 100 requests per second, to the cent. */
function cost(resource: Record<string, Record<string, Attributes>>): string[] {
  return estimate({ "ecobeat-staging-service": { resource } }).total.map((usd) => usd.toFixed(2));
}

const always = (usd: string): string[] => [usd, usd, usd, usd];

/** A month has 730 hours, and so 2,628,000 seconds. */
describe("arithmetic of the cost estimate", () => {
  it("counts hours, months and nodes", () => {
    expect(cost({ aws_eip: { a: {} } })).to.deep.equal(always("3.65"));
    expect(cost({ aws_route53_zone: { a: {}, b: {} } })).to.deep.equal(always("1.00"));
    expect(
      cost({
        aws_elasticache_replication_group: { a: { node_type: "cache.t3.small", num_cache_clusters: 2 } },
      }),
    ).to.deep.equal(always("52.56"));
  });

  it("counts an interface endpoint in each zone, and none where it is a gateway", () => {
    const endpoint = {
      vpc_endpoint_type: "Interface",
      service_name: "com.amazonaws.eu-west-1.ssm",
      subnet_ids: ["a", "b", "c"],
    };
    expect(cost({ aws_vpc_endpoint: { a: endpoint } })).to.deep.equal(always("24.09"));
    expect(cost({ aws_vpc_endpoint: { a: { vpc_endpoint_type: "Gateway" } } })).to.deep.equal(always("0.00"));
  });

  it("counts what passes the NAT beside its hours: 4 kB a request, and 1 GB of heartbeats", () => {
    // 0.048 * (730 + 1 + 2.628 * 4 * requests per second)
    expect(cost({ aws_nat_gateway: { a: {} } })).to.deep.equal(["35.09", "35.59", "40.13", "85.55"]);
  });

  it("counts requests of the API and what it sends, and traces of every request up to one a second", () => {
    // 2.628 million at 3.50, and 3.942 GB at 0.09
    expect(cost({ aws_api_gateway_rest_api: { a: {} } })).to.deep.equal(["0.00", "9.55", "95.53", "955.28"]);
    // 2.628 million at 5, then a twentieth
    expect(cost({ aws_api_gateway_stage: { a: { xray_tracing_enabled: true } } })).to.deep.equal([
      "0.00",
      "13.14",
      "19.05",
      "78.18",
    ]);
    expect(cost({ aws_api_gateway_stage: { a: { xray_tracing_enabled: false } } })).to.deep.equal(
      always("0.00"),
    );
  });

  it("counts a function's requests and its memory by time", () => {
    const api = { function_name: "ecobeat-staging-api", memory_size: 512 };
    // 2.4966 million requests at 0.20; each 28.5 ms of half a GB at 0.0000133334
    expect(cost({ aws_lambda_function: { api } })).to.deep.equal(["0.00", "0.97", "9.74", "97.37"]);
  });

  it("counts environments that are ready all month, and their work at the lower price", () => {
    const ready = (requestsPerSecond: number): number => {
      const resources = {
        aws_lambda_function: { auth: { function_name: "ecobeat-staging-auth", memory_size: 1_024 } },
        aws_lambda_alias: { live: { function_name: "${aws_lambda_function.auth.function_name}" } },
        aws_lambda_provisioned_concurrency_config: { ready: { qualifier: "${aws_lambda_alias.live.name}" } },
        aws_appautoscaling_target: { target: { min_capacity: 2, max_capacity: 3 } },
        aws_appautoscaling_policy: {
          policy: { target_tracking_scaling_policy_configuration: { target_value: 0.1 } },
        },
      };
      const { lines } = estimate({ "ecobeat-staging-service": { resource: resources } });
      const line = lines.find(({ type }) => type === "aws_lambda_provisioned_concurrency_config")!;
      return line.usd[[0, 1, 10, 100].indexOf(requestsPerSecond)]!;
    };
    // 2 GB, then 3 GB, for 2,628,000 s at 0.0000033334: 100 requests keep 0.3 busy, a tenth of three
    expect(ready(0)).to.be.closeTo(17.52, 0.005);
    expect(ready(10)).to.be.closeTo(17.52, 0.005);
    expect(ready(100)).to.be.closeTo(26.28, 0.005);
  });

  it("counts a firewall, its rules and all requests; and rules of a group that CloudFormation makes", () => {
    const acl = { scope: "REGIONAL", rule: [{}, {}, {}] };
    // 5 + 3 + 2.628 * 0.60
    expect(cost({ aws_wafv2_web_acl: { acl } })).to.deep.equal(["8.00", "9.58", "23.77", "165.68"]);
    const group = { Type: "AWS::WAFv2::RuleGroup", Properties: { Rules: [{}, {}] } };
    const template_body = JSON.stringify({
      Resources: { group, other: { Type: "AWS::CloudFront::Function" } },
    });
    expect(cost({ aws_cloudformation_stack: { a: { template_body } } })).to.deep.equal(always("2.00"));
  });

  it("counts a key by the month, and a signature for each call of auth", () => {
    expect(cost({ aws_kms_key: { a: {} } })).to.deep.equal(always("1.06"));
    // 131,400 signatures at 0.03 for 10,000
    expect(cost({ aws_kms_key: { a: { key_usage: "SIGN_VERIFY" } } })).to.deep.equal([
      "1.00",
      "1.39",
      "4.94",
      "40.42",
    ]);
  });

  it("counts a log by what it takes in and by what it keeps, compressed", () => {
    const group = { name: "/aws/apigateway/ecobeat-staging-api", retention_in_days: 30 };
    // 1.5768 GB at 0.57; 15 % of it at 0.03 for 720 of 730 hours
    expect(cost({ aws_cloudwatch_log_group: { group } })).to.deep.equal(["0.00", "0.91", "9.06", "90.58"]);
  });

  it("counts what masking looks through, and what a log is measured by", () => {
    const group = { name: "/aws/apigateway/ecobeat-staging-api", retention_in_days: 30 };
    const masked = {
      aws_cloudwatch_log_group: { group },
      aws_cloudwatch_log_data_protection_policy: {
        masking: { log_group_name: "${aws_cloudwatch_log_group.group.name}" },
      },
    };
    // 1.5768 GB at 0.12, beside the log itself
    expect(cost(masked)).to.deep.equal(["0.00", "1.09", "10.95", "109.50"]);
    expect(cost({ aws_cloudwatch_log_metric_filter: { a: {}, b: {} } })).to.deep.equal(always("0.60"));
    expect(
      cost({ aws_cloudwatch_dashboard: { a: {} }, aws_cloudwatch_contributor_insight_rule: { a: {} } }),
    ).to.deep.equal(always("3.50"));
  });

  it("counts an alarm by the metrics that it looks at", () => {
    expect(cost({ aws_cloudwatch_metric_alarm: { a: {} } })).to.deep.equal(always("0.10"));
    const metric_query = [{ id: "result" }, { id: "a", metric: {} }, { id: "b", metric: {} }];
    expect(cost({ aws_cloudwatch_metric_alarm: { a: { metric_query } } })).to.deep.equal(always("0.20"));
  });

  it("counts Flex by operations per second, as Atlas steps its price", () => {
    expect(cost({ mongodbatlas_flex_cluster: { a: {} } })).to.deep.equal(["8.03", "8.03", "8.03", "14.96"]);
  });

  it("counts dumps as long as they are kept, and their way to another region", () => {
    const vault = (provider?: string) => ({
      aws_scheduler_schedule: { dump: { schedule_expression: "cron(30 3/4 * * ? *)" } },
      aws_s3_bucket: {
        a: { bucket: "ecobeat-staging-backups-111122223333", ...(provider && { provider }) },
      },
      aws_s3_bucket_object_lock_configuration: {
        lock: { bucket: "${aws_s3_bucket.a.id}", rule: { default_retention: { days: 30 } } },
      },
    });
    // 180 dumps of 0.015 GB at 0.023; on their way 182.5 of them at 0.02
    expect(cost(vault())[0]).to.equal("0.06");
    expect(cost(vault("aws.eu-central-1"))[0]).to.equal("0.12");
  });

  for (const [what, resource, message] of [
    [
      "type",
      { aws_dynamodb_table: { a: {} } },
      /aws_dynamodb_table\.a, and nothing says .* too low\. Add the type/,
    ],
    [
      "node",
      { aws_elasticache_replication_group: { a: { node_type: "cache.r7g.large" } } },
      /have a cache\.r7g\.large, and the table has no price of it\. .* Add its price/,
    ],
    [
      "function",
      { aws_lambda_function: { a: { function_name: "ecobeat-staging-mail" } } },
      /ecobeat-staging-mail has no place .* how often it is called\. Say so/,
    ],
    [
      "log",
      { aws_cloudwatch_log_group: { a: { name: "/aws/mail" } } },
      /\/aws\/mail has no place .* how much it takes in\. Say so/,
    ],
  ] as const) {
    it(`refuses to estimate without what it does not know: a ${what}`, () => {
      expect(() => cost(resource)).to.throw(message);
    });
  }
});
