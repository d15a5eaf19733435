import { z } from "zod";
import { parseJson } from "../../service/platform/parse-json.ts";
import { OperatorError } from "../cli/errors.ts";
import { type AttributeChange, computeDifferences } from "./differences.ts";

/** What a plan does with a resource. `forget` removes it from the state and leaves it in the cloud; `import` does the reverse. */
export type Effect = "create" | "change" | "replace" | "destroy" | "forget" | "import";

export type Attributes = Readonly<Record<string, unknown>>;

/** One resource that a plan changes, or that was changed outside of Terraform. */
export interface ResourceChange extends AttributeChange {
  readonly stack: string;
  readonly address: string;
  readonly type: string;
  readonly effect: Effect;
  /** Paths of the attributes that force the replacement, with dots between the parts. */
  readonly replacePaths: readonly string[];
  /** Whether the resource is only replaced because it is tainted: its creation failed half way, or an operator marked it. */
  readonly isTainted: boolean;
  /** Whether a replacement creates the new resource before it destroys the old one. */
  readonly createBeforeDestroy: boolean;
}

/** The parts of a plan that a review reads. */
export interface Plan {
  /** Name of the stack. */
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  /** Resources that were changed outside of Terraform. */
  readonly drift: readonly ResourceChange[];
  /** Whether planning ended early, so that more resources change than the plan lists. */
  readonly incomplete: boolean;
}

/** Whether the resource leaves Terraform's management. */
export const isRemoval = ({ effect }: ResourceChange): boolean => effect === "destroy" || effect === "forget";

const changeSchema = z.object({
  address: z.string(),
  deposed: z.string().optional(),
  type: z.string(),
  mode: z.string().optional(),
  action_reason: z.string().optional(),
  change: z.object({
    actions: z.array(z.string()),
    before: z.record(z.string(), z.unknown()).nullish(),
    after: z.record(z.string(), z.unknown()).nullish(),
    after_unknown: z.unknown(),
    before_sensitive: z.unknown(),
    after_sensitive: z.unknown(),
    importing: z.object({}).optional(),
    replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
  }),
});

/** https://developer.hashicorp.com/terraform/internals/json-format#plan-representation */
const planSchema = z.object({
  // Minor versions only add properties.
  format_version: z.string().regex(/^1\./),
  resource_changes: z.array(changeSchema).optional(),
  resource_drift: z.array(changeSchema).optional(),
  complete: z.boolean().optional(),
  errored: z.boolean().optional(),
});

/**
 * Reads the output of `terraform show -json` for a plan.
 *
 * @param stack name of the planned stack
 * @throws {OperatorError} if the text is not such an output
 */
export function readPlan(stack: string, text: string): Plan {
  const plan = planSchema.safeParse(parseJson(text));
  if (!plan.success || !text.includes('"planned_values"')) {
    throw new OperatorError("plan-format-unknown", {
      what: `${stack} is not a Terraform plan in JSON.`,
      why: "A review reads plans of format 1.x.",
      action: "Save a plan with `terraform plan -out=FILE`, and give the output of `terraform show -json FILE`.",
    });
  }
  const { resource_changes = [], resource_drift = [], complete = true, errored = false } = plan.data;
  const read = (changes: readonly z.infer<typeof changeSchema>[]) =>
    changes.flatMap((change) => (change.mode === "data" ? [] : toResourceChanges(stack, change)));
  return {
    stack,
    changes: read(resource_changes),
    drift: read(resource_drift).filter((change) => !isExpected(change)),
    incomplete: errored || !complete,
  };
}

function toResourceChanges(stack: string, planned: z.infer<typeof changeSchema>) {
  const { address, deposed, type, action_reason: reason, change } = planned;
  const effect = toEffect(change.actions, change.importing !== undefined);
  if (!effect) return [];
  const read: ResourceChange = {
    stack,
    // An interrupted replacement leaves a deposed resource with the address of the new one.
    address: deposed === undefined ? address : `${address} (deposed ${deposed})`,
    type,
    effect,
    before: change.before ?? {},
    after: change.after ?? {},
    unknown: change.after_unknown,
    sensitive: [change.before_sensitive, change.after_sensitive],
    replacePaths: (change.replace_paths ?? []).map((path) => path.join(".")),
    isTainted: reason === "replace_because_tainted",
    createBeforeDestroy: change.actions[0] === "create" && effect === "replace",
  };
  return [read];
}

/** Undefined if nothing changes. */
function toEffect(actions: readonly string[], isImported: boolean): Effect | undefined {
  if (actions.includes("create")) return actions.includes("delete") ? "replace" : "create";
  if (actions.includes("delete")) return "destroy";
  if (actions.includes("forget")) return "forget";
  if (actions.includes("update")) return "change";
  return isImported ? "import" : undefined;
}

/** Attributes that releases and scaling change. The stacks make Terraform ignore them. */
export const expectedDrift: Readonly<Record<string, readonly string[]>> = {
  aws_lambda_alias: ["function_version", "routing_config", "description"],
  aws_lambda_provisioned_concurrency_config: ["provisioned_concurrent_executions"],
};

/** Whether only releases or scaling made a change outside of Terraform. */
function isExpected(change: ResourceChange): boolean {
  const expected = expectedDrift[change.type];
  return (
    change.effect === "change" &&
    expected !== undefined &&
    computeDifferences(change).every(({ path }) => expected.includes(path.split(".")[0]!))
  );
}
