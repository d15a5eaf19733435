import { toCodeSpan } from "../code-span.ts";
import { computeDifferences } from "../differences.ts";
import { type Finding, findingsAbout } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

const { info, warning, critical } = findingsAbout("Traffic");

/** What users see while a resource that serves requests does not exist. */
const outages: Readonly<Record<string, string>> = {
  aws_acm_certificate: "TLS fails wherever it is still used",
  aws_api_gateway_base_path_mapping: "the API's name serves nothing until it exists again",
  aws_api_gateway_deployment: "the stage has nothing to serve unless another deployment exists first",
  aws_api_gateway_domain_name: "the API's name serves nothing until it exists again and DNS follows",
  aws_api_gateway_integration: "its route responds with 500 until the next deployment of the API",
  aws_api_gateway_method: "its route responds with 403 until the next deployment of the API",
  aws_api_gateway_rest_api: "the whole API gets another address",
  aws_api_gateway_stage: "the API does not respond until it exists again",
  aws_api_gateway_usage_plan: "every request with an API key is rejected until it exists again",
  aws_api_gateway_usage_plan_key: "the app's key is rejected until it exists again",
  aws_cloudfront_distribution: "the API and the assets do not respond for about 15 minutes",
  aws_db_subnet_group: "the database has to move",
  aws_elasticache_replication_group: "login and refresh respond with 503 for about 15 minutes",
  aws_elasticache_user: "Redis rejects the functions until it exists again",
  aws_iam_role: "its users are denied until the new role has propagated; MongoDB Atlas identifies roles by their id",
  aws_lambda_alias: "calls of the function fail until it exists again",
  aws_lambda_function: "its routes respond with 500 until it exists again, and releases cannot roll back",
  aws_lambda_provisioned_concurrency_config: "the first request in each new environment has a cold start",
  aws_lambda_permission: "API Gateway may not call the function until it exists again",
  aws_nat_gateway: "the functions cannot reach the internet until it exists again",
  aws_route53_record: "its name does not resolve until it exists again and resolvers' caches expire",
  aws_security_group: "its users have to take the new one first",
  aws_subnet: "the resources in it have to move",
  aws_vpc: "all resources in it have to move",
  aws_vpc_endpoint: "the functions cannot reach the service until it exists again",
  mongodbatlas_database_user: "the database rejects the functions until it exists again",
  mongodbatlas_privatelink_endpoint: "the functions cannot reach the database",
  mongodbatlas_privatelink_endpoint_service: "the functions cannot reach the database",
};

/** A change that affects requests. */
export function checkTraffic(change: ResourceChange): Finding[] {
  const { type, effect, createBeforeDestroy } = change;
  const outage = outages[type];
  if (outage && (effect === "replace" || effect === "destroy")) {
    return createBeforeDestroy
      ? [info("is replaced, the new one first: requests do not wait")]
      : [warning(`${effect === "replace" ? "is replaced" : "is destroyed"}: ${outage}`)];
  }
  return effect === "change" ? checkDisruption(change) : [];
}

const failover = "a failover for each node: seconds of 503 at login and refresh";
const redirection = "requests go to another address";

/** Attributes whose change in place users notice, by type. */
const disruptiveAttributes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aws_elasticache_replication_group: {
    node_type: failover,
    engine_version: failover,
    num_cache_clusters: "with one node less there may be no replica to fail over to",
  },
  aws_route53_record: { records: redirection, alias: redirection, name: redirection },
  aws_cloudfront_distribution: {
    aliases: "removed names no longer respond",
    enabled: "it does not respond while it is disabled",
  },
  mongodbatlas_advanced_cluster: {
    instance_size: "its nodes restart one by one, with an election of a primary: seconds of retries",
    mongo_db_major_version: "its nodes restart one by one, and the version cannot be downgraded",
    paused: "the database does not respond while it is paused",
  },
};

function checkDisruption(change: ResourceChange): Finding[] {
  const texts = disruptiveAttributes[change.type] ?? {};
  return computeDifferences(change).flatMap(({ path, name, before, after, unknown, sensitive }) => {
    const text = texts[name] ?? texts[path.split(".")[0]!];
    if (text) return [warning(`${toCodeSpan(path)} changes: ${text}`)];
    if (unknown || sensitive || typeof before !== "number" || typeof after !== "number") return [];
    // A reservation or a limit of -1 is none.
    if (!limits.includes(name) || after >= before || before < 0) return [];
    if (after < 0) return [warning(`${toCodeSpan(path)} no longer limits anything, before: ${before}`)];
    const fall = `${toCodeSpan(path)} falls from ${before} to ${after}`;
    return [after === 0 ? critical(`${fall}: all requests are rejected`) : warning(fall)];
  });
}

const limits = [
  "reserved_concurrent_executions",
  "provisioned_concurrent_executions",
  "rate_limit",
  "burst_limit",
  "throttling_rate_limit",
  "throttling_burst_limit",
  "quota",
];
