import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { type Plan, readPlan } from "../../../scripts/plan-review/plan.ts";
import type { Attributes, Effect } from "../../../scripts/plan-review/resource-change.ts";

/** A change as a plan contains it. */
export interface PlannedChange {
  readonly type: string;
  readonly effect?: Effect;
  readonly before?: Attributes;
  readonly after?: Attributes;
  readonly unknown?: unknown;
  readonly sensitive?: unknown;
  readonly replacePaths?: readonly string[];
  readonly address?: string;
  readonly deposed?: string;
  /** Whether a replacement creates the new resource first. */
  readonly createBeforeDestroy?: boolean;
  readonly isImported?: boolean;
}

const actions: Readonly<Record<Effect, readonly string[]>> = {
  create: ["create"],
  change: ["update"],
  replace: ["delete", "create"],
  destroy: ["delete"],
  forget: ["forget"],
  import: ["no-op"],
};

const toChangeJson = ({ type, effect = "change", before, after, ...rest }: PlannedChange) => ({
  address: rest.address ?? `${type}.it`,
  mode: "managed",
  type,
  name: "it",
  ...(rest.deposed && { deposed: rest.deposed }),
  change: {
    actions: rest.createBeforeDestroy ? ["create", "delete"] : actions[effect],
    ...((effect === "import" || rest.isImported) && { importing: { id: "it" } }),
    before: effect === "create" ? null : (before ?? {}),
    after: effect === "destroy" || effect === "forget" ? null : (after ?? {}),
    after_unknown: rest.unknown ?? {},
    before_sensitive: rest.sensitive ?? {},
    after_sensitive: rest.sensitive ?? {},
    ...(rest.replacePaths && { replace_paths: rest.replacePaths.map((path) => path.split(".")) }),
  },
});

/** A plan in the form of `terraform show -json`. */
export const toPlanJson = (
  changes: readonly PlannedChange[],
  { drift = [], ...rest }: { drift?: readonly PlannedChange[]; [part: string]: unknown } = {},
): string =>
  JSON.stringify({
    format_version: "1.2",
    planned_values: {},
    resource_changes: changes.map(toChangeJson),
    resource_drift: drift.map(toChangeJson),
    ...rest,
  });

export const toPlan = (...changes: readonly PlannedChange[]): Plan => readPlan("staging", toPlanJson(changes));

/** Attributes before and after, or an effect on the whole resource. */
type Values = Effect | Readonly<Record<string, readonly [before: unknown, after?: unknown]>>;

/** Type, what happens, its only finding, and more of the change. Without a finding there is none. */
export type Case = readonly [
  type: string,
  Values,
  finding?: string | RegExp | undefined,
  more?: Partial<PlannedChange>,
];

export const changed = (type: string, values: Values, more: Partial<PlannedChange> = {}): PlannedChange => {
  if (typeof values === "string") return { type, effect: values, ...more };
  const side = (at: 0 | 1) => Object.fromEntries(Object.entries(values).map(([name, pair]) => [name, pair[at]]));
  return { type, before: side(0), after: side(1), ...more };
};

/** Severity and text of each finding. */
export const findIn = (...[type, values, , more]: Case): string[] =>
  evaluate([toPlan(changed(type, values, more))]).map(({ severity, text }) => `${severity}: ${text}`);

export function itFinds(cases: readonly Case[]): void {
  for (const each of cases) {
    const [type, values, expected, more] = each;
    it(`${type} ${JSON.stringify([values, more]).slice(0, 200)}: ${expected ?? "nothing"}`, () => {
      const findings = findIn(...each);
      if (expected instanceof RegExp) expect(findings.join("\n")).to.match(expected);
      else expect(findings).to.deep.equal(expected === undefined ? [] : [expected]);
    });
  }
}

export const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
