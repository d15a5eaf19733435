import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { getAlarmMetrics } from "./metrics.ts";
import { failing, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** Something that an alarm must look at, and whether it does so as it should. */
interface Watched {
  readonly name: string;
  /** @default any limit */
  readonly firesAsRequired?: (alarm: Attributes) => boolean;
}

/** What no alarm of the environment looks at in the way that is asked for. */
const unwatched = (
  stacks: Stacks,
  { address }: Resource,
  isOf: (dimensions: Attributes, namespace: string) => boolean,
  watched: readonly Watched[],
): string[] =>
  watched
    .filter(
      ({ name, firesAsRequired = () => true }) =>
        !resources(stacks, "aws_cloudwatch_metric_alarm").some(
          (alarm) =>
            firesAsRequired(alarm.attributes) &&
            getAlarmMetrics(alarm).some(
              (metric) => metric.name === name && isOf(metric.dimensions, metric.namespace),
            ),
        ),
    )
    .map(({ name }) => `${address}: nobody watches ${name} as is asked for`);

/** The functions that API Gateway calls. */
function getApiFunctions(stacks: Stacks): Resource[] {
  const aliases = resources(stacks, "aws_api_gateway_integration").map(({ stack, attributes }) =>
    referenced(stacks, stack, attributes.uri),
  );
  return resources(stacks, "aws_lambda_function").filter((each) =>
    aliases.some(
      (alias) =>
        alias?.stack === each.stack &&
        referenced(stacks, alias.stack, alias.attributes.function_name)?.id === each.id,
    ),
  );
}

export const watchedFunctions: Rule = {
  name: "of every function an alarm watches more than 5 errors in 2 periods, 10 s on average, 80 % of its memory, throttles, and the database",
  check: (stacks) =>
    getApiFunctions(stacks).flatMap((lambda) => {
      const { function_name: name, memory_size } = lambda.attributes;
      const isOf = (dimensions: Attributes, namespace: string) =>
        dimensions.Resource === `${name}:live` || namespace === `Ecobeat/${name}`;
      return unwatched(stacks, lambda, isOf, [
        {
          name: "Errors",
          firesAsRequired: ({ threshold, evaluation_periods, datapoints_to_alarm, statistic }) =>
            threshold === 5 && evaluation_periods === 2 && datapoints_to_alarm === 2 && statistic === "Sum",
        },
        {
          name: "Duration",
          firesAsRequired: ({ threshold, statistic }) => threshold === 10_000 && statistic === "Average",
        },
        { name: "MemoryUsed", firesAsRequired: ({ threshold }) => threshold === memory_size * 0.8 },
        { name: "Throttles", firesAsRequired: ({ threshold }) => threshold === 0 },
        { name: "DatabaseFailures", firesAsRequired: ({ threshold }) => threshold === 0 },
        { name: "RedisFailures", firesAsRequired: ({ threshold }) => threshold === 0 },
      ]);
    }),
};

export const watchedService: Rule = {
  name: "of every API an alarm of its stack watches failed logins, refresh tokens used twice, signing, and the wait for the database",
  check: (stacks) =>
    resources(stacks, "aws_api_gateway_rest_api").flatMap(({ stack, address }) => {
      const watched = resources(stacks, "aws_cloudwatch_metric_alarm")
        .filter((alarm) => alarm.stack === stack)
        .flatMap(getAlarmMetrics)
        .filter(({ namespace }) => namespace === "Ecobeat")
        .map(({ name, dimensions }) => dimensions.event ?? name);
      return ["login_failed", "refresh_token_reused", "SignDuration", "DatabasePoolWait"]
        .filter((name) => !watched.includes(name))
        .map((name) => `${address}: nobody watches ${name}`);
    }),
};

export const watchedApis: Rule = {
  name: "of every stage an alarm watches the share of 5xx and the slowest hundredth, where there are requests enough to tell",
  check: (stacks) =>
    resources(stacks, "aws_api_gateway_stage").flatMap((stage) => {
      const api = referenced(stacks, stage.stack, stage.attributes.rest_api_id)!;
      const isOf = ({ ApiName }: Attributes) => ApiName === api.attributes.name;
      const isShare = ({ metric_query }: Attributes) =>
        metric_query?.some(({ expression = "" }: Attributes) => expression.startsWith("IF(requests >= "));
      return unwatched(stacks, stage, isOf, [
        { name: "5XXError", firesAsRequired: isShare },
        { name: "Latency", firesAsRequired: isShare },
      ]);
    }),
};

export const watchedCaches: Rule = {
  name: "of every cache an alarm watches memory, evictions, processor, credits, connections, authentication failures and, with replicas, failover",
  check: (stacks) =>
    resources(stacks, "aws_elasticache_replication_group").flatMap((cache) => {
      const { replication_group_id, num_cache_clusters } = cache.attributes;
      const metrics = [
        "DatabaseMemoryUsagePercentage",
        "Evictions",
        "CPUUtilization",
        "CPUCreditBalance",
        "CurrConnections",
        "AuthenticationFailures",
        "IamAuthenticationThrottling",
        ...(num_cache_clusters > 1 ? ["IsMaster"] : []),
      ];
      // The last node: with it, the others are watched as well.
      return unwatched(
        stacks,
        cache,
        ({ CacheClusterId }) => CacheClusterId === `${replication_group_id}-00${num_cache_clusters}`,
        metrics.map((name) => ({ name })),
      );
    }),
};

export const watchedWebAcls: Rule = {
  name: "of every web ACL an alarm watches the share of blocked requests",
  check: (stacks) =>
    resources(stacks, "aws_wafv2_web_acl").flatMap((acl) =>
      unwatched(stacks, acl, ({ WebACL }) => WebACL === acl.attributes.name, [
        {
          name: "BlockedRequests",
          firesAsRequired: ({ metric_query }) => metric_query?.length === 3,
        },
      ]),
    ),
};

export const watchedDistributions: Rule = {
  name: "of every distribution an alarm watches the share of 5xx, where there are requests enough to tell",
  check: (stacks) =>
    resources(stacks, "aws_cloudfront_distribution").flatMap((distribution) =>
      unwatched(
        stacks,
        distribution,
        ({ DistributionId }) => DistributionId === `\${aws_cloudfront_distribution.${distribution.id}.id}`,
        [
          {
            name: "5xxErrorRate",
            firesAsRequired: ({ metric_query }) => metric_query?.[0].expression.startsWith("IF(requests >= "),
          },
        ],
      ),
    ),
};

export const watchedCertificates: Rule = {
  name: "an alarm watches the end of every certificate",
  check: (stacks) =>
    failing(stacks, ["aws_acm_certificate"], "ends without a word", ({ stack, id }) =>
      Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {}).some(
        ({ metric_name, dimensions, threshold, comparison_operator }) =>
          metric_name === "DaysToExpiry" &&
          dimensions.CertificateArn === `\${aws_acm_certificate.${id}.arn}` &&
          threshold >= 14 &&
          comparison_operator === "LessThanThreshold",
      ),
    ),
};
