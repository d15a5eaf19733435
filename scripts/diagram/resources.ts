import type { DeployedEnvironment } from "../../service/contract.ts";

/** Attributes of a resource as the synthesis writes them. */
// biome-ignore lint/suspicious/noExplicitAny: whatever shape each of the provider's resources has
export type Attributes = Record<string, any>;

/** Of a stack's `cdk.tf.json` what is drawn. */
export interface DrawnStack {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
  readonly output?: Readonly<Record<string, { readonly value?: unknown }>>;
}

/** One resource, and where it is. */
export interface Resource {
  readonly stack: string;
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
}

/** The resources of one environment, and what they say of each other. */
export class Resources {
  readonly all: readonly Resource[];
  readonly #stacks: Readonly<Record<string, DrawnStack>>;

  constructor(stacks: Readonly<Record<string, DrawnStack>>, environment: DeployedEnvironment) {
    this.#stacks = stacks;
    this.all = Object.entries(stacks)
      .filter(([name]) => name.startsWith(`ecobeat-${environment}-`))
      .flatMap(([stack, { resource = {} }]) =>
        Object.entries(resource).flatMap(([type, byId]) =>
          Object.entries(byId).map(([id, attributes]) => ({ stack, type, id, attributes })),
        ),
      )
      .sort((a, b) => `${a.stack} ${a.type} ${a.id}`.localeCompare(`${b.stack} ${b.type} ${b.id}`, "en"));
  }

  of(type: string): readonly Resource[] {
    return this.all.filter((resource) => resource.type === type);
  }

  /** The resources that a value of a resource names, in its own stack or in another one. */
  namedIn({ stack }: Resource, value: unknown): Resource[] {
    const text = JSON.stringify(value) ?? "";
    const acrossStacks = [
      ...text.matchAll(/cross-stack-reference-input-([\w-]+)\.outputs\.([\w-]+)/g),
    ].flatMap(([, other = "", output = ""]) =>
      this.#named(other, JSON.stringify(this.#stacks[other]?.output?.[output])),
    );
    return [...this.#named(stack, text), ...acrossStacks];
  }

  #named(stack: string, text = ""): Resource[] {
    return [...text.matchAll(/\b((?:aws|mongodbatlas)_\w+)\.([\w-]+)/g)].flatMap(([, type, id]) =>
      this.all.filter((one) => one.stack === stack && one.type === type && one.id === id),
    );
  }
}
