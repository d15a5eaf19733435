import { z } from "zod";
import { ConfigurationError } from "../../service/config.ts";
import { parseJson } from "../../service/platform/parse-json.ts";
import { type AttributeChange, computeDifferences } from "./differences.ts";

/** What a plan does with a resource. `forget` takes it out of the state and leaves it in the cloud; `import` does the reverse. */
export type Effect = "create" | "change" | "replace" | "destroy" | "forget" | "import";

export type Attributes = Readonly<Record<string, unknown>>;

/** One resource that a plan touches, or that was found changed outside of Terraform. */
export interface ResourceChange extends AttributeChange {
  readonly stack: string;
  readonly address: string;
  readonly type: string;
  readonly effect: Effect;
  /** Attributes, with dots between the parts, that demand the replacement. */
  readonly replacePaths: readonly string[];
  /** Of what is replaced: whether the new one is there before the old one goes. */
  readonly createBeforeDestroy: boolean;
}

/** What is read of a plan. */
export interface Plan {
  /** Name of the stack. */
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  /** Resources that somebody changed outside of Terraform. */
  readonly drift: readonly ResourceChange[];
  /** Whether planning ended early, so that more will change than the plan says. */
  readonly incomplete: boolean;
}

const changeSchema = z.object({
  address: z.string(),
  deposed: z.string().optional(),
  type: z.string(),
  mode: z.string().optional(),
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
  // Within one major version nothing is taken away.
  format_version: z.string().regex(/^1\./),
  resource_changes: z.array(changeSchema).optional(),
  resource_drift: z.array(changeSchema).optional(),
  complete: z.boolean().optional(),
  errored: z.boolean().optional(),
});

/**
 * Reads what `terraform show -json` printed of a plan.
 *
 * @param stack name under which the plan is spoken of
 * @throws {ConfigurationError} if it is something else
 */
export function readPlan(stack: string, text: string): Plan {
  const plan = planSchema.safeParse(parseJson(text));
  if (!plan.success || !text.includes('"planned_values"')) {
    throw new ConfigurationError(
      `${stack} is not a plan in JSON of a format that is known here (1.x). Save a plan with \`terraform plan -out=FILE\` and ` +
        "give what `terraform show -json FILE` prints.",
    );
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

function toResourceChanges(stack: string, { address, deposed, type, change }: z.infer<typeof changeSchema>) {
  const effect = toEffect(change.actions, change.importing !== undefined);
  if (!effect) return [];
  const read: ResourceChange = {
    stack,
    // What a replacement that was interrupted has left bears the address of what took its place.
    address: deposed === undefined ? address : `${address} (deposed ${deposed})`,
    type,
    effect,
    before: change.before ?? {},
    after: change.after ?? {},
    unknown: change.after_unknown,
    sensitive: [change.before_sensitive, change.after_sensitive],
    replacePaths: (change.replace_paths ?? []).map((path) => path.join(".")),
    createBeforeDestroy: change.actions[0] === "create" && effect === "replace",
  };
  return [read];
}

/** Undefined for what changes nothing. */
function toEffect(actions: readonly string[], isImported: boolean): Effect | undefined {
  if (actions.includes("create")) return actions.includes("delete") ? "replace" : "create";
  if (actions.includes("delete")) return "destroy";
  if (actions.includes("forget")) return "forget";
  if (actions.includes("update")) return "change";
  return isImported ? "import" : undefined;
}

/** What releases and scaling change day by day; the stacks have Terraform ignore it. */
export const expectedDrift: Readonly<Record<string, readonly string[]>> = {
  aws_lambda_alias: ["function_version", "routing_config", "description"],
  aws_lambda_provisioned_concurrency_config: ["provisioned_concurrent_executions"],
};

/** Whether a change outside of Terraform is only one that releases or scaling make. */
function isExpected(change: ResourceChange): boolean {
  const expected = expectedDrift[change.type];
  return (
    change.effect === "change" &&
    expected !== undefined &&
    computeDifferences(change).every(({ path }) => expected.includes(path.split(".")[0]!))
  );
}
