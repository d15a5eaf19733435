import type { Box, Resource, Resources } from "./boxes.ts";

/** One box that calls, guards or feeds another. */
export interface Arrow {
  readonly from: Box;
  readonly to: Box;
}

type Pair = readonly [from: Resource, to: Resource];

/** Arrows between boxes, each found in the attributes of a resource. */
export function findArrows(resources: Resources, boxes: readonly Box[]): Arrow[] {
  const boxOf = (resource: Resource) => boxes.find((box) => box.resources.includes(resource));
  const arrows = new Map<string, Arrow>();
  for (const [one, other] of [
    ...findRequests(resources),
    ...findCalls(resources),
    ...findOperations(resources),
  ]) {
    const [from, to] = [boxOf(one), boxOf(other)];
    if (from && to && from !== to) arrows.set(`${boxes.indexOf(from)}-${boxes.indexOf(to)}`, { from, to });
  }
  return [...arrows.values()];
}

/** From the app to the functions. */
function findRequests(resources: Resources): Pair[] {
  const apps = resources.listByType("aws_api_gateway_api_key");
  const named = (one: Resource, value: unknown, type: string) =>
    resources.findReferenced(one, value).filter((other) => other.type === type);
  const apisAt = (domains: readonly Resource[]) =>
    resources
      .listByType("aws_api_gateway_base_path_mapping")
      .filter((one) =>
        named(one, one.attributes.domain_name, "aws_api_gateway_domain_name").some((domain) =>
          domains.includes(domain),
        ),
      )
      .flatMap((one) => named(one, one.attributes.api_id, "aws_api_gateway_rest_api"));
  const records = resources.listByType("aws_route53_record").filter(({ attributes }) => attributes.alias);
  const distributions = resources.listByType("aws_cloudfront_distribution");
  const targets = (record: Resource): Resource[] => [
    ...named(record, record.attributes.alias, "aws_cloudfront_distribution"),
    ...apisAt(named(record, record.attributes.alias, "aws_api_gateway_domain_name")),
  ];
  return [
    ...records.flatMap((record) =>
      resources
        .findReferenced(record, record.attributes.zone_id)
        .flatMap((zone) => apps.map((app): Pair => [app, zone])),
    ),
    // With a CDN, the other record is known to it alone.
    ...records
      .filter(
        ({ attributes }) => !distributions.some((one) => getOriginDomains(one).includes(attributes.name)),
      )
      .flatMap((record) => targets(record).flatMap((target) => apps.map((app): Pair => [app, target]))),
    ...distributions.flatMap((one) => [
      ...records
        .filter(({ attributes }) => getOriginDomains(one).includes(attributes.name))
        .flatMap(targets)
        .map((target): Pair => [one, target]),
      ...named(one, one.attributes.origin, "aws_s3_bucket").map((bucket): Pair => [one, bucket]),
      ...named(one, one.attributes.web_acl_id, "aws_wafv2_web_acl").map((acl): Pair => [acl, one]),
    ]),
    ...resources.listByType("aws_wafv2_web_acl_association").flatMap((one) =>
      named(one, one.attributes.web_acl_arn, "aws_wafv2_web_acl").flatMap((acl) =>
        named(one, one.attributes.resource_arn, "aws_api_gateway_stage")
          .flatMap((stage) => named(stage, stage.attributes.rest_api_id, "aws_api_gateway_rest_api"))
          .map((api): Pair => [acl, api]),
      ),
    ),
    ...resources
      .listByType("aws_api_gateway_integration")
      .flatMap((one) =>
        named(one, one.attributes.uri, "aws_lambda_alias").flatMap((alias) =>
          named(alias, alias.attributes.function_name, "aws_lambda_function").flatMap((called) =>
            named(one, one.attributes.rest_api_id, "aws_api_gateway_rest_api").map(
              (api): Pair => [api, called],
            ),
          ),
        ),
      ),
  ];
}

const getOriginDomains = ({ attributes }: Resource): string[] =>
  attributes.origin.map(({ domain_name }: { domain_name: string }) => domain_name);

/** From the functions to what they keep, through the network. */
function findCalls(resources: Resources): Pair[] {
  const functions = resources.listByType("aws_lambda_function");
  const endpoints = resources.listByType("aws_vpc_endpoint");
  const endpointOf = (service: string) =>
    endpoints.filter(({ attributes }) => attributes.service_name.endsWith(`.${service}`));
  const allowedTo = (pattern: RegExp) =>
    functions.filter((one) => listAllowedActions(resources, one).some((action) => pattern.test(action)));
  const through = (
    callers: readonly Resource[],
    ways: readonly Resource[],
    ends: readonly Resource[],
  ): Pair[] =>
    ways.flatMap((way) => [
      ...callers.map((caller): Pair => [caller, way]),
      ...ends.map((end): Pair => [way, end]),
    ]);
  const caches = resources.listByType("aws_elasticache_replication_group");
  const users = resources
    .listByType("mongodbatlas_database_user")
    .map(({ attributes }) => getLastSegment(attributes.username));
  const wayToAtlas = [
    ...endpoints.filter((one) => resources.findReferenced(one, one.attributes.service_name).length > 0),
    ...resources.listByType("aws_nat_gateway"),
  ];
  return [
    ...through(
      allowedTo(/^elasticache:Connect$/),
      caches.flatMap((one) => resources.findReferenced(one, one.attributes.security_group_ids)),
      caches,
    ),
    ...through(
      functions.filter(({ attributes }) => users.includes(attributes.function_name)),
      wayToAtlas,
      [
        ...resources.listByType("mongodbatlas_advanced_cluster"),
        ...resources.listByType("mongodbatlas_flex_cluster"),
      ],
    ),
    ...through(
      allowedTo(/^kms:Sign$/),
      endpointOf("kms"),
      resources.listByType("aws_kms_key").filter(({ attributes }) => attributes.key_usage === "SIGN_VERIFY"),
    ),
    ...through(
      allowedTo(/^ssm:GetParameters?$/),
      endpointOf("ssm"),
      resources.listByType("aws_ssm_parameter"),
    ),
    ...endpointOf("s3").flatMap((way) =>
      through(allowedTo(/^s3:/), [way], resources.findReferenced(way, way.attributes.policy)),
    ),
  ];
}

const getLastSegment = (arn: string): string => arn.split("/").at(-1)!;

function listAllowedActions(resources: Resources, one: Resource): string[] {
  const roles = resources.findReferenced(one, one.attributes.role);
  return resources
    .listByType("aws_iam_role_policy")
    .filter((policy) =>
      resources.findReferenced(policy, policy.attributes.role).some((role) => roles.includes(role)),
    )
    .flatMap(({ attributes }) => JSON.parse(attributes.policy).Statement)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => Action);
}

/** Schedules, copies, and who is told. */
function findOperations(resources: Resources): Pair[] {
  const named = (type: string, value: (one: Resource) => unknown): Pair[] =>
    resources
      .listByType(type)
      .flatMap((one) => resources.findReferenced(one, value(one)).map((other): Pair => [one, other]));
  const inReverse = ([one, other]: Pair): Pair => [other, one];
  return [
    ...named("aws_scheduler_schedule", ({ attributes }) => attributes.target),
    ...resources
      .listByType("aws_s3_bucket_replication_configuration")
      .flatMap((one) =>
        resources
          .findReferenced(one, one.attributes.bucket)
          .flatMap((from) =>
            resources
              .findReferenced(one, one.attributes.rule[0].destination.bucket)
              .map((to): Pair => [from, to]),
          ),
      ),
    ...resources
      .listByType("mongodbatlas_online_archive")
      .flatMap((one) =>
        resources.listByType("mongodbatlas_advanced_cluster").map((from): Pair => [from, one]),
      ),
    ...named("aws_cloudwatch_metric_alarm", ({ attributes }) => attributes.alarm_actions),
    ...named("aws_sns_topic_subscription", ({ attributes }) => attributes.topic_arn).map(inReverse),
  ];
}
