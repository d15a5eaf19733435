import type { Stacks } from "../support/synthesize.ts";
import { resources } from "./rules/resources.ts";

/** Another value of the table, and what it changes. */
export interface Change {
  readonly to: unknown;
  /** Another path, and its value, without which the first one would be refused. */
  readonly along?: readonly [string, unknown];
  readonly changes: readonly string[];
}

/**
 * What differs between two syntheses, one line for each kind of change and resource type, such as
 * `~ aws_kms_key: data-key, log-key`: `+` for new resources, `-` for those that are gone, `~` for changed ones. Of the ids,
 * the hash at the end is left out.
 */
export function changedResources(before: Stacks, after: Stacks): string[] {
  const old = byAddress(before);
  const now = byAddress(after);
  const lines = new Map<string, string[]>();
  for (const address of new Set([...old.keys(), ...now.keys()])) {
    if (old.get(address) !== now.get(address)) {
      const [type = "", id = ""] = address.split(".");
      const line = `${sign(old.has(address), now.has(address))} ${type}`;
      lines.set(line, [...(lines.get(line) ?? []), id.replace(/_[0-9A-F]{8}$/, "")]);
    }
  }
  return [...lines].map(([line, ids]) => `${line}: ${ids.sort().join(", ")}`).sort();
}

const sign = (was: boolean, is: boolean): string => (was ? (is ? "~" : "-") : "+");

const byAddress = (stacks: Stacks): Map<string, string> =>
  new Map([
    ...resources(stacks).map(
      ({ type, id, attributes }) => [`${type}.${id}`, JSON.stringify(attributes)] as const,
    ),
    ...Object.entries(stacks).flatMap(([name, stack]) => {
      const suffix = name.replace(/^.*-/, "");
      return [
        [`workspace.${suffix}`, JSON.stringify(stack.terraform)],
        [`provider.${suffix}`, JSON.stringify(stack.provider)],
      ] as const;
    }),
  ]);
