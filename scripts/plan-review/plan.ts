import { z } from "zod";
import { parseJson } from "../../service/platform/parse-json.ts";
import { OperatorError } from "../cli/errors.ts";
import { computeDifferences, type Difference, type ValueChange } from "./differences.ts";

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
}

/** The parts of a stack's plan that a review reads. */
export interface Plan {
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  /** Resources that were changed outside of Terraform. */
  readonly drift: readonly ResourceChange[];
  /** Whether planning ended early, so that more resources change than the plan lists. */
  readonly incomplete: boolean;
}

/** Whether the resource leaves Terraform's management. */
export const isRemoval = ({ effect }: ResourceChange): boolean => effect === "destroy" || effect === "forget";

const attributesSchema = z.record(z.string(), z.unknown()).nullish();
const changeSchema = z.object({
  address: z.string(),
  deposed: z.string().optional(),
  type: z.string(),
  mode: z.string().optional(),
  action_reason: z.string().optional(),
  change: z.object({
    actions: z.array(z.string()),
    before: attributesSchema,
    after: attributesSchema,
    after_unknown: z.unknown(),
    before_sensitive: z.unknown(),
    after_sensitive: z.unknown(),
    importing: z.object({}).optional(),
    replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).default([]),
  }),
});
const changesSchema = z.array(changeSchema).default([]);

/** https://developer.hashicorp.com/terraform/internals/json-format#plan-representation */
const planSchema = z.object({
  // Minor versions only add properties.
  format_version: z.string().regex(/^1\./),
  planned_values: z.object({}),
  resource_changes: changesSchema,
  resource_drift: changesSchema,
  complete: z.boolean().default(true),
  errored: z.boolean().default(false),
});

/**
 * Reads the output of `terraform show -json` for a plan.
 *
 * @param stack name of the planned stack
 * @throws {OperatorError} if the text is not such an output
 */
export function readPlan(stack: string, text: string): Plan {
  const { data } = planSchema.safeParse(parseJson(text));
  if (!data) {
    throw new OperatorError("plan-format-unknown", {
      what: `${stack} is not a Terraform plan in JSON.`,
      why: "A review reads plans of format 1.x.",
      action: "Save a plan with `terraform plan -out=FILE`, and give the output of `terraform show -json FILE`.",
    });
  }
  const drift = data.resource_drift.flatMap(toResourceChanges).filter(isUnexpected);
  const incomplete = data.errored || !data.complete;
  return { stack, changes: data.resource_changes.flatMap(toResourceChanges), drift, incomplete };
}

/** Empty for what does not change. */
function toResourceChanges({
  deposed,
  type,
  mode,
  action_reason: reason,
  change,
  ...rest
}: z.infer<typeof changeSchema>): ResourceChange[] {
  const { actions, importing, after_unknown: unknown, before_sensitive, after_sensitive } = change;
  const effect = toEffect(actions) ?? (importing && "import");
  if (!effect || mode === "data") return [];
  const values = { before: change.before ?? {}, after: change.after ?? {}, unknown };
  const compared = { ...values, sensitive: [before_sensitive, after_sensitive] };
  // An interrupted replacement leaves a deposed resource with the address of the new one.
  const address = deposed === undefined ? rest.address : `${rest.address} (deposed ${deposed})`;
  const replacePaths = change.replace_paths.map((path) => path.join("."));
  const isTainted = reason === "replace_because_tainted";
  const createBeforeDestroy = actions[0] === "create" && effect === "replace";
  const differences = computeDifferences(compared);
  return [{ ...compared, address, type, effect, differences, replacePaths, isTainted, createBeforeDestroy }];
}

/** Undefined if nothing changes. */
function toEffect(actions: readonly string[]): Effect | undefined {
  if (actions.includes("create")) return actions.includes("delete") ? "replace" : "create";
  const effectsByAction = { delete: "destroy", forget: "forget", update: "change" } as const;
  return effectsByAction[actions[0] as "delete"];
}

/** Attributes that releases and scaling change. The stacks make Terraform ignore them. */
export const expectedDrift: Readonly<Record<string, readonly string[]>> = {
  aws_lambda_alias: ["function_version", "routing_config", "description"],
  aws_lambda_provisioned_concurrency_config: ["provisioned_concurrent_executions"],
};

/** Whether more than releases and scaling made a change outside of Terraform. */
function isUnexpected({ type, effect, differences }: ResourceChange): boolean {
  const expected = expectedDrift[type];
  return effect !== "change" || !expected || differences.some(({ path }) => !expected.includes(path.split(".")[0]!));
}
