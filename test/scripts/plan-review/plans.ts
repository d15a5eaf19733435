import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { type Attributes, type Effect, type Plan, readPlan } from "../../../scripts/plan-review/plan.ts";

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
    ...(effect === "import" && { importing: { id: "it" } }),
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
  { drift = [], ...rest }: { drift?: readonly PlannedChange[]; errored?: boolean } = {},
): string =>
  JSON.stringify({
    format_version: "1.2",
    planned_values: {},
    resource_changes: changes.map(toChangeJson),
    resource_drift: drift.map(toChangeJson),
    ...rest,
  });

export const toPlan = (...changes: readonly PlannedChange[]): Plan => readPlan("staging", toPlanJson(changes));

/** Severity and text of each finding. */
const toFindings = (change: PlannedChange): string[] =>
  evaluate([toPlan(change)]).map(({ severity, text }) => `${severity}: ${text}`);

/** Tests that each change has one finding, which matches. */
export function itFinds(cases: Readonly<Record<string, readonly [PlannedChange, RegExp]>>): void {
  for (const [title, [change, expected]] of Object.entries(cases)) {
    it(title, () => {
      const findings = toFindings(change);
      expect(findings, findings.join("\n")).to.have.lengthOf(1);
      expect(findings[0]).to.match(expected);
    });
  }
}

/** Tests that no change has a finding. */
export function itFindsNothing(cases: Readonly<Record<string, PlannedChange>>): void {
  for (const [title, change] of Object.entries(cases)) {
    it(title, () => expect(toFindings(change)).to.deep.equal([]));
  }
}

export const changed = (
  type: string,
  before: object,
  after: object,
  more: Partial<PlannedChange> = {},
): PlannedChange => ({ type, before: { ...before }, after: { ...after }, ...more });

export const created = (type: string, after: object): PlannedChange => ({
  type,
  effect: "create",
  after: { ...after },
});

export const destroyed = (type: string): PlannedChange => ({ type, effect: "destroy" });

export const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
