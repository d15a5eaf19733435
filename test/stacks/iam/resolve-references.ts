import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { getEnvironment, type Resource, resources } from "../rules/resources.ts";

/**
 * A copy of the stacks in which references between resources are what they would be in AWS: names and ARNs. What nobody can
 * know before it exists (the id of a key) is made up of the resource's own id. References to what has no ARN stay.
 */
export function resolveReferences(stacks: Stacks): Stacks {
  const byReference = new Map(
    resources(stacks).map((resource) => [`${resource.stackName} ${resource.type}.${resource.id}`, resource]),
  );

  const attributeOf = (
    stackName: string,
    type: string,
    id: string,
    attribute: string,
  ): string | undefined => {
    const resource = byReference.get(`${stackName} ${type}.${id}`);
    if (!resource) return undefined;
    const value = attribute in resource.attributes ? resource.attributes[attribute] : undefined;
    if (typeof value === "string") return resolve(stackName, value);
    const known = identities[type]?.(toContext(resource))[attribute];
    return known && resolve(stackName, known);
  };

  const resolve = (stackName: string, text: string): string =>
    text
      .replaceAll(
        /\$\{data\.terraform_remote_state\.([\w-]+)\.outputs\.([\w-]+)\}/g,
        (reference, id, name) => {
          const source = stacks[stackName]!.data!.terraform_remote_state![id]!.config.workspaces
            .name as string;
          const output = stacks[source]?.output?.[name]?.value;
          return typeof output === "string" ? resolve(source, output) : reference;
        },
      )
      .replaceAll(
        /\$\{(aws_\w+)\.([\w-]+)\.(\w+)\}/g,
        (reference, type, id, attribute) => attributeOf(stackName, type, id, attribute) ?? reference,
      );

  return Object.fromEntries(
    Object.entries(stacks).map(([name, stack]) => [
      name,
      { ...stack, resource: mapStrings(stack.resource, (text) => resolve(name, text)) },
    ]),
  );
}

/** The ARN of a resource, as references to it become. */
export function getArn(resource: Resource): string {
  const arn = identities[resource.type]?.(toContext(resource)).arn;
  if (!arn) {
    throw new Error(
      `No ARN is known for ${resource.address}. A test wants to ask for it. Add its type to the list in this file.`,
    );
  }
  return arn;
}

interface ResourceContext {
  readonly id: string;
  readonly attributes: Attributes;
  readonly account: string;
  readonly region: string;
}

function toContext({ stack, id, attributes }: Resource): ResourceContext {
  const { accountId, region } = getEnvironment(stack);
  const other = /^aws\.(.+)$/.exec(attributes.provider ?? "")?.[1];
  return { id, attributes, account: accountId, region: other ?? region };
}

/** What AWS makes of a resource, by the names of the provider's attributes. */
const identities: Readonly<Record<string, (place: ResourceContext) => Readonly<Record<string, string>>>> = {
  aws_cloudwatch_log_group: ({ attributes, account, region }) => ({
    arn: `arn:aws:logs:${region}:${account}:log-group:${attributes.name}`,
  }),
  aws_lambda_function: ({ attributes, account, region }) => ({
    arn: `arn:aws:lambda:${region}:${account}:function:${attributes.function_name}`,
  }),
  aws_elasticache_replication_group: ({ attributes, account, region }) => ({
    arn: `arn:aws:elasticache:${region}:${account}:replicationgroup:${attributes.replication_group_id}`,
  }),
  aws_elasticache_user: ({ attributes, account, region }) => ({
    arn: `arn:aws:elasticache:${region}:${account}:user:${attributes.user_id}`,
  }),
  aws_iam_openid_connect_provider: ({ attributes, account }) => ({
    arn: `arn:aws:iam::${account}:oidc-provider/${attributes.url.replace("https://", "")}`,
  }),
  aws_iam_policy: ({ attributes, account }) => ({
    arn: `arn:aws:iam::${account}:policy${attributes.path ?? "/"}${attributes.name}`,
  }),
  aws_iam_role: ({ attributes, account }) => ({
    arn: `arn:aws:iam::${account}:role${attributes.path ?? "/"}${attributes.name}`,
  }),
  aws_kms_key: ({ id, account, region }) => ({ arn: `arn:aws:kms:${region}:${account}:key/${id}` }),
  aws_sqs_queue: ({ attributes, account, region }) => ({
    arn: `arn:aws:sqs:${region}:${account}:${attributes.name}`,
  }),
  aws_s3_bucket: ({ attributes }) => ({
    arn: `arn:aws:s3:::${attributes.bucket}`,
    id: attributes.bucket,
  }),
};

// biome-ignore lint/suspicious/noExplicitAny: the same shape as came in, whatever it is
function mapStrings(value: any, change: (text: string) => string): any {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}
