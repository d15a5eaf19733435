/** Attributes of a resource in `cdk.tf.json`. */
// biome-ignore lint/suspicious/noExplicitAny: each resource type has another shape
export type Attributes = Record<string, any>;

/** Resources and outputs in a stack's `cdk.tf.json`. */
export interface StackConfiguration {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
  readonly output?: Readonly<Record<string, { readonly value?: unknown }>>;
}

/** One resource of one stack. */
export interface Resource {
  /** Name of the stack. */
  readonly stack: string;
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
  /** The resources of a type in the same stack, by their ids. */
  readonly siblings: (type: string) => Readonly<Record<string, Attributes>>;
}

/** All resources of stacks, by name of the stack. */
export const listResources = (stacks: Readonly<Record<string, StackConfiguration>>): Resource[] =>
  Object.entries(stacks).flatMap(([stack, { resource = {} }]) =>
    Object.entries(resource).flatMap(([type, byId]) =>
      Object.entries(byId).map(([id, attributes]) => ({
        stack,
        type,
        id,
        attributes,
        siblings: (other: string) => resource[other] ?? {},
      })),
    ),
  );
