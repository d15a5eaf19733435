import { isDeepStrictEqual } from "node:util";
import type { Stacks } from "../support/synthesize.ts";
import { resources } from "./rules/resources.ts";

/** A difference between two syntheses. */
export interface Change {
  /** Such as `ecobeat-staging-service aws_lambda_function.api`, or `ecobeat-staging-service provider`. */
  readonly address: string;
  /** The resource's type, or the part of the stack: `data`, `output`, `provider` or `terraform`. */
  readonly type: string;
  readonly kind: "new" | "changed" | "gone";
}

/** What differs between two syntheses, resource by resource. */
export function changedResources(before: Stacks, after: Stacks): Change[] {
  const old = byAddress(before);
  const now = byAddress(after);
  return [...new Map([...old, ...now])]
    .filter(([address]) => !isDeepStrictEqual(old.get(address), now.get(address)))
    .map(([address, { type }]) => ({
      address,
      type,
      kind: !old.has(address) ? "new" : now.has(address) ? "changed" : "gone",
    }));
}

const byAddress = (stacks: Stacks) =>
  new Map<string, { type: string; content: unknown }>([
    ...resources(stacks).map(({ address, type, attributes }) => [address, { type, content: attributes }] as const),
    ...Object.entries(stacks).flatMap(([name, { resource: _, ...parts }]) =>
      Object.entries(parts).map(([type, content]) => [`${name} ${type}`, { type, content }] as const),
    ),
  ]);
