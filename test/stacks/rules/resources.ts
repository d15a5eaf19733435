import { getEnvironment } from "../../../stacks/environments/index.ts";
import type { Environment } from "../../../stacks/environments.ts";
import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";

/** One resource of one stack. */
export interface Resource {
  /** Such as `ecobeat-staging-service aws_lambda_function.api`. */
  readonly address: string;
  readonly stackName: string;
  readonly stack: StackJson;
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
}

/** All resources, or those of the given types. */
export function resources(stacks: Stacks, ...types: readonly string[]): Resource[] {
  return Object.entries(stacks).flatMap(([stackName, stack]) =>
    Object.entries(stack.resource)
      .filter(([type]) => types.length === 0 || types.includes(type))
      .flatMap(([type, byId]) =>
        Object.entries(byId).map(([id, attributes]) => ({
          address: `${stackName} ${type}.${id}`,
          stackName,
          stack,
          type,
          id,
          attributes,
        })),
      ),
  );
}

/** The addresses of the resources that fail a condition, with the problem. */
export function failing(
  stacks: Stacks,
  types: readonly string[],
  problem: string,
  passes: (resource: Resource) => boolean,
): string[] {
  return resources(stacks, ...types)
    .filter((resource) => !passes(resource))
    .map(({ address }) => `${address}: ${problem}`);
}

/** Attributes of the first resource of a type, for a test to change. */
export function first(stacks: Stacks, type: string): Attributes {
  const [resource] = resources(stacks, type);
  if (!resource) throw new Error(`No stack has a ${type}. Take a type that the stacks have.`);
  return resource.attributes;
}

/** A change of stacks, for a test to break a rule. */
export type Break = (stacks: Stacks) => unknown;

/** New values of attributes, as in `{ "rule.0.status": "Off" }`, or a function that changes them. */
export type Change = Attributes | ((attributes: Attributes) => unknown);

/** Changes attributes of a resource. */
export function applyChange(attributes: Attributes, change: Change): void {
  if (typeof change === "function") return void change(attributes);
  for (const [path, value] of Object.entries(change)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    keys.reduce((parent, key) => parent[key], attributes)[last] = value;
  }
}

/** Changes the first resource of a type. */
export const changeFirst =
  (type: string, change: Change): Break =>
  (stacks) =>
    applyChange(first(stacks, type), change);

/** Changes the first resource of a type that meets a condition. */
export const changeWhere =
  (type: string, meets: (resource: Resource) => unknown, change: Change): Break =>
  (stacks) =>
    applyChange(resources(stacks, type).find(meets)!.attributes, change);

/** Replaces text in an attribute. */
export const replaceIn =
  (attribute: string, from: string | RegExp, to: string) =>
  (attributes: Attributes): void => {
    if (attributes[attribute]) attributes[attribute] = attributes[attribute].replace(from, to);
  };

/** Replaces text in the templates of CloudFormation. */
export const inTemplates = (from: string, to: string): Break =>
  replaceInAll("aws_cloudformation_stack", "template_body", from, to);

/** Changes all resources of a type. */
export const changeAll =
  (type: string, change: Change): Break =>
  (stacks) => {
    for (const { attributes } of resources(stacks, type)) applyChange(attributes, change);
  };

/** Replaces text in an attribute of all resources of a type, or of those that match. */
export const replaceInAll =
  (
    type: string,
    attribute: string,
    from: string | RegExp,
    to: string,
    matches: (resource: Resource) => boolean = () => true,
  ): Break =>
  (stacks) => {
    for (const { attributes } of resources(stacks, type).filter(matches)) {
      replaceIn(attribute, from, to)(attributes);
    }
  };

/** The stacks whose names end so, by name. */
export const stacksNamed = (stacks: Stacks, suffix: string): [string, StackJson][] =>
  Object.entries(stacks).filter(([name]) => name.endsWith(suffix));

const findStack = (stacks: Stacks, suffix: string): StackJson => stacksNamed(stacks, suffix)[0]![1];

/** Adds a resource to the first stack whose name ends so. */
export const add =
  (stackSuffix: string, type: string, attributes: Attributes): Break =>
  (stacks) => {
    const { resource } = findStack(stacks, stackSuffix);
    resource[type] = { ...resource[type], added: attributes };
  };

/** Removes all resources of a type from the first stack whose name ends so. */
export const removeAll =
  (stackSuffix: string, type: string): Break =>
  (stacks) =>
    delete findStack(stacks, stackSuffix).resource[type];

/** The environment of a stack, by its default tag. */
export function getStackEnvironment(stack: StackJson): Environment {
  const name = stack.provider.aws![0]!.default_tags[0].tags.environment as Environment["name"];
  return getEnvironment(name);
}

/** The resource of a reference such as `${aws_subnet.private.id}`, also in another stack. */
export function referenced(stacks: Stacks, from: StackJson, reference: unknown): Resource | undefined {
  if (typeof reference !== "string") {
    return undefined;
  }
  const remote = /^\$\{data\.terraform_remote_state\.([^.]+)\.outputs\.(.+)\}$/.exec(reference);
  if (remote) {
    const [, id, output] = remote;
    const workspace = from.data!.terraform_remote_state![id!]!.config.workspaces.name as string;
    const other = stacks[workspace];
    return other && referenced(stacks, other, other.output?.[output!]?.value);
  }
  const local = /^\$\{((?:aws|mongodbatlas)_\w+)\.([\w-]+)\./.exec(reference);
  return resources(stacks, ...(local ? [local[1]!] : [])).find(({ stack, id }) => stack === from && id === local?.[2]);
}

/** Attributes of the resources of a type that refer to a resource by this attribute, in the same stack. */
export const referring = ({ stack, type, id }: Resource, by: string, attribute: string): Attributes[] =>
  Object.values(stack.resource[by] ?? {}).filter((each) => String(each[attribute]).startsWith(`\${${type}.${id}.`));

/** Whether a value refers to a KMS key of the stacks. */
export const isOwnKey = (stacks: Stacks, from: StackJson, reference: unknown): boolean =>
  referenced(stacks, from, reference)?.type === "aws_kms_key";
