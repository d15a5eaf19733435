import { objectAt } from "./configuration.ts";
import { leaveOut, type Reduced } from "./leave-out.ts";
import type { Report } from "./report.ts";
import type { Stack } from "./synthesis.ts";

/** A Terraform provider that the rehearsal does without. */
export interface AbsentProvider {
  /** As in the stacks' `required_providers`. */
  readonly name: string;
  readonly why: string;
}

/**
 * The same stacks without the resources of some providers. What refers to one of them gets a placeholder. Counts each
 * provider of each stack as skipped, with the number of its resources.
 */
export function withoutProviders(
  stacks: readonly Stack[],
  absent: readonly AbsentProvider[],
  report: Report,
): Stack[] {
  return stacks.map((stack) => {
    let { configuration } = stack;
    for (const provider of absent) {
      const { name, why } = provider;
      if (!(name in objectAt(configuration, "terraform", "required_providers"))) continue;
      const reduced = withoutProvider(configuration, provider);
      report.skipped(stack.name, [name], `${reduced.leftOut} resources left out: ${why}`);
      configuration = reduced.configuration;
    }
    return { ...stack, configuration };
  });
}

function withoutProvider(configuration: Stack["configuration"], { name, why }: AbsentProvider): Reduced {
  const gaps = Object.keys(objectAt(configuration, "resource"))
    .filter((type) => type.startsWith(`${name}_`))
    .map((type) => ({ type, why }));
  const reduced = leaveOut(configuration, gaps);
  delete objectAt(reduced.configuration, "terraform", "required_providers")[name];
  delete objectAt(reduced.configuration, "provider")[name];
  return reduced;
}
