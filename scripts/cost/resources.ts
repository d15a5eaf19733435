/** Attributes of a resource as the synthesis writes them. */
// biome-ignore lint/suspicious/noExplicitAny: whatever shape each of the provider's resources has
export type Attributes = Record<string, any>;

/** Of a stack's `cdk.tf.json` what the estimate reads. */
export interface StackConfiguration {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
}

/** One resource of one stack. */
export interface Resource {
  readonly stackName: string;
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
  /** The resources of a type in the same stack, by their ids. */
  readonly beside: (type: string) => Readonly<Record<string, Attributes>>;
}

export function resourcesOf(stacks: Readonly<Record<string, StackConfiguration>>): Resource[] {
  return Object.entries(stacks).flatMap(([stackName, { resource = {} }]) =>
    Object.entries(resource).flatMap(([type, byId]) =>
      Object.entries(byId).map(([id, attributes]) => ({
        stackName,
        type,
        id,
        attributes,
        beside: (other: string) => resource[other] ?? {},
      })),
    ),
  );
}
