import type { Stacks } from "../../support/synthesize.ts";
import { getStackEnvironment, type Resource, resources } from "../rules/resources.ts";

/**
 * A copy of the stacks with references between resources resolved to names and ARNs. An id that AWS chooses, such as that of
 * a key, is the resource's id in Terraform. Other references stay.
 *
 * @param types of resources in which they are resolved, which takes a while. @default all
 */
export function resolveReferences(stacks: Stacks, types?: readonly string[]): Stacks {
  const byReference = new Map(
    resources(stacks).map((resource) => [`${resource.stackName} ${resource.type}.${resource.id}`, resource]),
  );

  const attributeOf = (stackName: string, type: string, id: string, attribute: string): string | undefined => {
    const resource = byReference.get(`${stackName} ${type}.${id}`);
    if (!resource) return undefined;
    const value = attribute in resource.attributes ? resource.attributes[attribute] : undefined;
    if (typeof value === "string") return resolve(stackName, value);
    const known = identities[type]?.(resource)[attribute];
    return known && resolve(stackName, known);
  };

  const resolve = (stackName: string, text: string): string =>
    text
      .replaceAll(/\$\{data\.terraform_remote_state\.([\w-]+)\.outputs\.([\w-]+)\}/g, (reference, id, name) => {
        const source = stacks[stackName]!.data!.terraform_remote_state![id]!.config.workspaces.name as string;
        const output = stacks[source]?.output?.[name]?.value;
        return typeof output === "string" ? resolve(source, output) : reference;
      })
      .replaceAll(
        /\$\{(aws_\w+)\.([\w-]+)\.(\w+)\}/g,
        (reference, type, id, attribute) => attributeOf(stackName, type, id, attribute) ?? reference,
      );

  const resolveAll = (stackName: string, value: unknown) =>
    mapStrings(value, (text) => (text.includes("${") ? resolve(stackName, text) : text));

  return Object.fromEntries(
    Object.entries(stacks).map(([name, stack]) => {
      const changed = (types ?? Object.keys(stack.resource)).filter((type) => type in stack.resource);
      const resolved = Object.fromEntries(changed.map((type) => [type, resolveAll(name, stack.resource[type])]));
      return [name, { ...stack, resource: { ...stack.resource, ...resolved } }];
    }),
  );
}

/** The ARN of a resource, as references to it become. */
export function getArn(resource: Resource): string {
  const arn = identities[resource.type]?.(resource).arn;
  if (!arn) {
    throw new Error(`No ARN is known for ${resource.address}. Add its type to the list in this file.`);
  }
  return arn;
}

/** The region of a resource, which its provider may set. */
const getRegion = ({ stack, attributes }: Resource): string =>
  /^aws\.(.+)$/.exec(attributes.provider ?? "")?.[1] ?? getStackEnvironment(stack).region;

/** The ARN of a resource, after its region and account. */
const toArn = (service: string, resource: Resource, name: string): { arn: string } => ({
  arn: `arn:aws:${service}:${service === "iam" ? "" : getRegion(resource)}:${getStackEnvironment(resource.stack).accountId}:${name}`,
});

/** Computed attributes of resources, by the names of the provider. */
const identities: Readonly<Record<string, (resource: Resource) => Readonly<Record<string, string>>>> = {
  aws_cloudwatch_log_group: (each) => toArn("logs", each, `log-group:${each.attributes.name}`),
  aws_lambda_function: (each) => toArn("lambda", each, `function:${each.attributes.function_name}`),
  aws_elasticache_replication_group: (each) =>
    toArn("elasticache", each, `replicationgroup:${each.attributes.replication_group_id}`),
  aws_elasticache_user: (each) => toArn("elasticache", each, `user:${each.attributes.user_id}`),
  aws_iam_openid_connect_provider: (each) =>
    toArn("iam", each, `oidc-provider/${each.attributes.url.replace("https://", "")}`),
  aws_iam_policy: (each) => toArn("iam", each, `policy${each.attributes.path ?? "/"}${each.attributes.name}`),
  aws_iam_role: (each) => toArn("iam", each, `role${each.attributes.path ?? "/"}${each.attributes.name}`),
  aws_kms_key: (each) => toArn("kms", each, `key/${each.id}`),
  aws_sqs_queue: (each) => toArn("sqs", each, each.attributes.name),
  aws_s3_bucket: ({ attributes }) => ({ arn: `arn:aws:s3:::${attributes.bucket}`, id: attributes.bucket }),
};

// biome-ignore lint/suspicious/noExplicitAny: the same shape as came in, whatever it is
function mapStrings(value: any, change: (text: string) => string): any {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== "object" || value === null) return value;
  const mapped: Record<string, unknown> = {};
  for (const key in value) mapped[key] = mapStrings(value[key], change);
  return mapped;
}
