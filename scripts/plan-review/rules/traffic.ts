import { toCodeSpan } from "../code-span.ts";
import { computeDifferences } from "../differences.ts";
import type { Finding, Severity } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

const subject = "Traffic";

/** What stands in the way of a request: what users see while it is away. */
const outages: Readonly<Record<string, string>> = {
  aws_acm_certificate: "TLS fails wherever it is still used",
  aws_api_gateway_base_path_mapping: "the API's name leads nowhere until it is there again",
  aws_api_gateway_deployment: "the stage has nothing to serve unless another one is there first",
  aws_api_gateway_domain_name: "the API's name answers nobody until it is there again, and DNS has to follow",
  aws_api_gateway_integration: "its route answers 500 until the next deployment of the API",
  aws_api_gateway_method: "its route answers 403 until the next deployment of the API",
  aws_api_gateway_rest_api: "the whole API gets another address",
  aws_api_gateway_stage: "the API answers nobody until it is there again",
  aws_api_gateway_usage_plan: "every request with an API key is refused until it is there again",
  aws_api_gateway_usage_plan_key: "the app's key is refused until it is there again",
  aws_cloudfront_distribution:
    "the API and the assets answer nobody until it is there again, a quarter of an hour",
  aws_db_subnet_group: "the database has to move",
  aws_elasticache_replication_group:
    "login and refresh answer 503 until it is there again, a quarter of an hour",
  aws_elasticache_user: "the functions are refused by Redis until it is there again",
  aws_iam_role:
    "whoever uses it is refused until the new one is known everywhere; MongoDB Atlas knows roles by their id",
  aws_lambda_alias: "callers of the function find nothing until it is there again",
  aws_lambda_function:
    "its routes answer 500 until it is there again, and its older versions are gone: there is no way back to them",
  aws_lambda_provisioned_concurrency_config:
    "the first request in each new environment waits for a cold start",
  aws_lambda_permission: "API Gateway may not call the function until it is there again",
  aws_nat_gateway: "the functions lose their way out until it is there again",
  aws_route53_record:
    "its name does not resolve until it is there again, and for as long as resolvers remember that",
  aws_security_group: "what uses it has to take the new one first",
  aws_subnet: "what lives in it has to move",
  aws_vpc: "everything in it has to move",
  aws_vpc_endpoint: "the functions lose their way to the service until it is there again",
  mongodbatlas_database_user: "the functions are refused by the database until it is there again",
  mongodbatlas_privatelink_endpoint: "the functions lose their way to the database",
  mongodbatlas_privatelink_endpoint_service: "the functions lose their way to the database",
};

/** A change that requests notice. */
export function checkTraffic(change: ResourceChange): Finding[] {
  const { type, effect } = change;
  const consequence = outages[type];
  if (consequence && (effect === "replace" || effect === "destroy")) {
    if (change.createBeforeDestroy)
      return [finding("note", "is replaced, the new one first: nobody waits for it")];
    return [
      {
        severity: "attention",
        subject,
        text: `${effect === "replace" ? "is replaced" : "is destroyed"}: ${consequence}`,
      },
    ];
  }
  return effect === "change" ? checkDisruption(change) : [];
}

/** Attributes whose change in place is felt, by type. */
const disruptiveAttributes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aws_elasticache_replication_group: {
    node_type: "a failover for each node: seconds of 503 at login and refresh",
    engine_version: "a failover for each node: seconds of 503 at login and refresh",
    num_cache_clusters: "with one node less there may be nothing to fail over to",
  },
  aws_route53_record: {
    records: "requests go elsewhere",
    alias: "requests go elsewhere",
    name: "requests go elsewhere",
  },
  aws_cloudfront_distribution: {
    aliases: "names that go are no longer answered",
    enabled: "it answers nobody while it is off",
  },
  mongodbatlas_advanced_cluster: {
    instance_size: "its nodes restart one after the other, with an election of a primary: seconds of retries",
    mongo_db_major_version:
      "its nodes restart one after the other, and there is no way back to the version before",
    paused: "the database is away while it is paused",
  },
};

function checkDisruption(change: ResourceChange): Finding[] {
  const sentences = disruptiveAttributes[change.type] ?? {};
  return computeDifferences(change).flatMap(({ path, name, before, after, unknown, sensitive }) => {
    const sentence = sentences[name] ?? sentences[path.split(".")[0]!];
    if (sentence) return [finding("attention", `${toCodeSpan(path)} changes: ${sentence}`)];
    if (unknown || sensitive || typeof before !== "number" || typeof after !== "number" || !isLimit(name))
      return [];
    if (after >= before || before < 0) return [];
    // A reservation or a limit of -1 is none.
    if (after < 0)
      return [finding("attention", `${toCodeSpan(path)} no longer limits anything, where it was ${before}`)];
    const closed = after === 0 ? ": nothing is let through" : "";
    return [
      finding(
        after === 0 ? "danger" : "attention",
        `${toCodeSpan(path)} falls from ${before} to ${after}${closed}`,
      ),
    ];
  });
}

const isLimit = (name: string): boolean =>
  [
    "reserved_concurrent_executions",
    "provisioned_concurrent_executions",
    "rate_limit",
    "burst_limit",
    "throttling_rate_limit",
    "throttling_burst_limit",
    "quota",
  ].includes(name);

const finding = (severity: Severity, text: string): Finding => ({ severity, subject, text });
