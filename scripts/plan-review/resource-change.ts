import { computeDifferences, type Difference, type ValueChange } from "./differences.ts";
import type { Owners } from "./owners.ts";
import type { ChangeJson } from "./plan-schema.ts";

/** What a plan does with a resource. `forget` removes it from the state and leaves it in the cloud; `import` does the reverse. */
export const effects = ["create", "change", "replace", "destroy", "forget", "import"] as const;

export type Effect = (typeof effects)[number];

export type Attributes = Readonly<Record<string, unknown>>;

/** One resource that a plan changes, or that was changed outside of Terraform. */
export interface ResourceChange extends ValueChange {
  readonly address: string;
  readonly type: string;
  readonly effect: Effect;
  /** Empty for a resource that is created. */
  readonly before: Attributes;
  readonly after: Attributes;
  readonly differences: readonly Difference[];
  /** Paths of the attributes that force the replacement, with dots between the parts. */
  readonly replacePaths: readonly string[];
  /** Whether the resource is only replaced because it is tainted: its creation failed half way, or an operator marked it. */
  readonly isTainted: boolean;
  /** Whether a replacement creates the new resource before it destroys the old one. */
  readonly createBeforeDestroy: boolean;
  /** Whether Terraform starts managing the resource, and perhaps changes it too. */
  readonly isImported: boolean;
  /** Names of the attributes that the code sets. All others are the results of an apply. Undefined if the plan does not say. */
  readonly inputs: ReadonlySet<string> | undefined;
  /** Of the whole plan. */
  readonly owners: Owners;
}

/** Whether the resource leaves Terraform's management. */
export const isRemoval = ({ effect }: ResourceChange): boolean => effect === "destroy" || effect === "forget";

/** Empty for what does not change. A replacement that forgets the old resource is two changes. */
export function toResourceChanges(
  entry: ChangeJson,
  known: Pick<ResourceChange, "inputs" | "owners">,
): ResourceChange[] {
  const { actions, importing, ...change } = entry.change;
  if (actions.includes("forget") && actions.includes("create")) {
    return [
      { ...entry.change, actions: ["forget"], after: null },
      { ...entry.change, actions: ["create"], before: null },
    ].flatMap((each) => toResourceChanges({ ...entry, change: each }, known));
  }
  const effect = toEffect(actions) ?? (importing ? "import" : undefined);
  if (!effect || entry.mode === "data") return [];
  const compared = {
    before: change.before ?? {},
    after: change.after ?? {},
    unknown: change.after_unknown,
    sensitive: [change.before_sensitive, change.after_sensitive],
  };
  return [
    {
      ...{ ...compared, ...known, effect, type: entry.type },
      // An interrupted replacement leaves a deposed resource with the address of the new one.
      address: entry.deposed === undefined ? entry.address : `${entry.address} (deposed ${entry.deposed})`,
      differences: computeDifferences(compared),
      replacePaths: change.replace_paths.map((path) => path.join(".")),
      isTainted: entry.action_reason === "replace_because_tainted",
      createBeforeDestroy: actions[0] === "create" && effect === "replace",
      isImported: Boolean(importing),
    },
  ];
}

/** Undefined if nothing changes. */
function toEffect(actions: readonly string[]): Effect | undefined {
  if (actions.includes("create")) return actions.includes("delete") ? "replace" : "create";
  return ({ delete: "destroy", forget: "forget", update: "change" } as const)[actions[0] as "delete"];
}
