import type { Resource, StackConfiguration } from "../terraform/resources.ts";
import type { Box } from "./boxes.ts";

/** A call, a data flow or a protection from one box to another. */
export interface Arrow {
  readonly from: Box;
  readonly to: Box;
}

type Pair = readonly [from: Resource, to: Resource];

const cross = (froms: readonly Resource[], tos: readonly Resource[]): Pair[] =>
  froms.flatMap((from) => tos.map((to): Pair => [from, to]));

/** Finds the arrows between boxes by the references between their resources. */
export function findArrows(
  stacks: Readonly<Record<string, StackConfiguration>>,
  resources: readonly Resource[],
  boxes: readonly Box[],
): Arrow[] {
  const refs = new References(stacks, resources);
  const findBox = (resource: Resource) => boxes.find((box) => box.resources.includes(resource));
  const arrows = new Map<string, Arrow>();
  const pairs = [...findRequests(refs), ...findCalls(refs), ...findOperations(refs)];
  for (const [from, to] of pairs.map((pair) => pair.map(findBox))) {
    if (from && to && from !== to) arrows.set(`${boxes.indexOf(from)}-${boxes.indexOf(to)}`, { from, to });
  }
  return [...arrows.values()];
}

/** The resources of an environment, and the references between them. */
class References {
  readonly #stacks: Readonly<Record<string, StackConfiguration>>;
  readonly #resources: readonly Resource[];

  constructor(stacks: Readonly<Record<string, StackConfiguration>>, resources: readonly Resource[]) {
    this.#stacks = stacks;
    this.#resources = resources;
  }

  list(type: string): readonly Resource[] {
    return this.#resources.filter((resource) => resource.type === type);
  }

  /** The resources that an attribute refers to, in the same stack or in another one. */
  follow({ stack, attributes }: Resource, attribute: string, type = ""): Resource[] {
    const text = JSON.stringify(attributes[attribute]) ?? "";
    const acrossStacks = [...text.matchAll(/cross-stack-reference-input-([\w-]+)\.outputs\.([\w-]+)/g)].flatMap(
      ([, other = "", output = ""]) => this.#findNamed(other, JSON.stringify(this.#stacks[other]?.output?.[output])),
    );
    return [...this.#findNamed(stack, text), ...acrossStacks].filter((found) => found.type.startsWith(type));
  }

  /** Pairs of each resource of a type with those that an attribute refers to. */
  pair(type: string, attribute: string): Pair[] {
    return this.list(type).flatMap((from) => cross([from], this.follow(from, attribute)));
  }

  #findNamed(stack: string, text = ""): Resource[] {
    return [...text.matchAll(/\b((?:aws|mongodbatlas)_\w+)\.([\w-]+)/g)].flatMap(([, type, id]) =>
      this.#resources.filter((one) => one.stack === stack && one.type === type && one.id === id),
    );
  }
}

/** From the app to the functions. */
function findRequests(refs: References): Pair[] {
  const apps = refs.list("aws_api_gateway_api_key");
  const distributions = refs.list("aws_cloudfront_distribution");
  const records = refs.list("aws_route53_record").filter(({ attributes }) => attributes.alias);
  const findTargets = (record: Resource): Resource[] => {
    const aliases = refs.follow(record, "alias");
    return [
      ...aliases.filter(({ type }) => type === "aws_cloudfront_distribution"),
      ...refs
        .list("aws_api_gateway_base_path_mapping")
        .filter((mapping) => refs.follow(mapping, "domain_name").some((name) => aliases.includes(name)))
        .flatMap((mapping) => refs.follow(mapping, "api_id")),
    ];
  };
  const isOrigin = ({ attributes }: Resource, distribution: Resource): boolean =>
    distribution.attributes.origin.some(({ domain_name }: { domain_name: string }) => domain_name === attributes.name);
  return [
    ...records.flatMap((record) => cross(apps, refs.follow(record, "zone_id"))),
    // With a CDN, only the CDN uses the record of its origin.
    ...records
      .filter((record) => !distributions.some((distribution) => isOrigin(record, distribution)))
      .flatMap((record) => cross(apps, findTargets(record))),
    ...distributions.flatMap((distribution) => [
      ...cross([distribution], records.filter((record) => isOrigin(record, distribution)).flatMap(findTargets)),
      ...cross([distribution], refs.follow(distribution, "origin", "aws_s3_bucket")),
      ...cross(refs.follow(distribution, "web_acl_id"), [distribution]),
    ]),
    ...refs.list("aws_wafv2_web_acl_association").flatMap((association) =>
      cross(
        refs.follow(association, "web_acl_arn"),
        refs
          .follow(association, "resource_arn", "aws_api_gateway_stage")
          .flatMap((stage) => refs.follow(stage, "rest_api_id")),
      ),
    ),
    ...refs.list("aws_api_gateway_integration").flatMap((integration) =>
      cross(
        refs.follow(integration, "rest_api_id"),
        refs.follow(integration, "uri", "aws_lambda_alias").flatMap((alias) => refs.follow(alias, "function_name")),
      ),
    ),
  ];
}

/** From the functions through the network to data and keys. */
function findCalls(refs: References): Pair[] {
  const functions = refs.list("aws_lambda_function");
  const endpoints = refs.list("aws_vpc_endpoint");
  const findEndpoints = (service: string) =>
    endpoints.filter(({ attributes }) => attributes.service_name.endsWith(`.${service}`));
  const findAllowed = (pattern: RegExp) =>
    functions.filter((one) => listAllowedActions(refs, one).some((action) => pattern.test(action)));
  const connect = (callers: readonly Resource[], paths: readonly Resource[], ends: readonly Resource[]): Pair[] => [
    ...cross(callers, paths),
    ...cross(paths, ends),
  ];
  const caches = refs.list("aws_elasticache_replication_group");
  const databaseRoles = refs
    .list("mongodbatlas_database_user")
    .map(({ attributes }) => attributes.username.split("/").at(-1));
  return [
    ...refs
      .list("aws_lambda_event_source_mapping")
      .flatMap((source) => cross(refs.follow(source, "event_source_arn"), refs.follow(source, "function_name"))),
    ...connect(
      findAllowed(/^elasticache:Connect$/),
      caches.flatMap((cache) => refs.follow(cache, "security_group_ids")),
      caches,
    ),
    ...connect(
      functions.filter((one) =>
        refs.follow(one, "role").some(({ attributes }) => databaseRoles.includes(attributes.name)),
      ),
      [
        ...endpoints.filter((endpoint) => refs.follow(endpoint, "service_name").length > 0),
        ...refs.list("aws_nat_gateway"),
      ],
      ["mongodbatlas_advanced_cluster", "mongodbatlas_flex_cluster"].flatMap((type) => refs.list(type)),
    ),
    ...connect(
      findAllowed(/^kms:Sign$/),
      findEndpoints("kms"),
      refs.list("aws_kms_key").filter(({ attributes }) => attributes.key_usage === "SIGN_VERIFY"),
    ),
    ...connect(findAllowed(/^ssm:GetParameters?$/), findEndpoints("ssm"), refs.list("aws_ssm_parameter")),
    ...findEndpoints("s3").flatMap((endpoint) =>
      connect(findAllowed(/^s3:/), [endpoint], refs.follow(endpoint, "policy")),
    ),
  ];
}

function listAllowedActions(refs: References, one: Resource): string[] {
  const roles = refs.follow(one, "role");
  return refs
    .list("aws_iam_role_policy")
    .filter((policy) => refs.follow(policy, "role").some((role) => roles.includes(role)))
    .flatMap(({ attributes }) => JSON.parse(attributes.policy).Statement)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => Action);
}

/** Schedules, replicas and notifications. */
const findOperations = (refs: References): Pair[] => [
  ...refs.pair("aws_scheduler_schedule", "target"),
  ...refs
    .list("aws_s3_bucket_replication_configuration")
    .flatMap((one) => cross(refs.follow(one, "bucket"), refs.follow(one, "rule", "aws_s3_bucket"))),
  ...cross(refs.list("mongodbatlas_advanced_cluster"), refs.list("mongodbatlas_online_archive")),
  ...refs.pair("aws_cloudwatch_metric_alarm", "alarm_actions"),
  ...refs.pair("aws_sns_topic_subscription", "topic_arn").map(([subscription, topic]): Pair => [topic, subscription]),
];
