import { parseJson } from "../../service/platform/parse-json.ts";
import { OperatorError } from "../cli/errors.ts";
import { computeDifferences, type Difference, getProperty, isObject, type ValueChange } from "./differences.ts";
import { findUnexpectedDrift } from "./drift.ts";
import { findInputs, findOwners, type Owners, toConfigurationAddress } from "./owners.ts";
import { findRemarks, type Remark } from "./plan-remarks.ts";
import { type ChangeJson, planSchema } from "./plan-schema.ts";

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

/** The parts of a stack's plan that a review reads. */
export interface Plan {
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  /** Resources that were changed outside of Terraform. */
  readonly drift: readonly ResourceChange[];
  /** What the plan says elsewhere. */
  readonly remarks: readonly Remark[];
}

/** Whether the resource leaves Terraform's management. */
export const isRemoval = ({ effect }: ResourceChange): boolean => effect === "destroy" || effect === "forget";

/**
 * Reads the output of `terraform show -json` for a plan.
 *
 * @param stack name of the planned stack
 * @throws {OperatorError} if the text is not such an output
 */
export function readPlan(stack: string, text: string): Plan {
  const value = parseJson(text);
  const { data, error } = planSchema.safeParse(value);
  if (!data || isRedacted(text)) {
    const input = describeInput(text, value, error?.issues[0]?.path.join("."));
    throw new OperatorError("plan-format-unknown", { what: `${stack} is not a Terraform plan in JSON.`, ...input });
  }
  const inputs = findInputs(data.configuration.root_module);
  const owners = findOwners(data);
  const read = (each: ChangeJson) =>
    toResourceChanges(each).map((change) => ({
      ...change,
      ...{ owners, inputs: inputs.get(toConfigurationAddress(each.address)) },
    }));
  const drift = findUnexpectedDrift(data.resource_drift.flatMap(read), data.prior_state.values.root_module.resources);
  return { stack, changes: data.resource_changes.flatMap(read), drift, remarks: [...findRemarks(data)] };
}

/** Whether a tool has replaced the sensitive values: https://github.com/hashicorp/terraform-json/tree/main/sanitize */
const isRedacted = (text: string): boolean => text.includes('"REDACTED_SENSITIVE"');

const save = "Save a plan with `terraform plan -out=FILE`, and give the output of `terraform show -json FILE`.";

/** What may be given in place of a plan. */
const mistakes: readonly (readonly [isMade: (text: string, value: object) => boolean, why: string, action: string])[] =
  [
    [
      // https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans
      (text, value) => isRedacted(text) || "plan_format_version" in value,
      "It is a redacted plan: a change of a sensitive value, such as a policy, would look like none.",
      "Give the output of `terraform show -json FILE`, or of HCP Terraform's `json-output` without `-redacted`.",
    ],
    [
      (text) => text.startsWith("PK"),
      "It is the saved plan itself.",
      "Give the output of `terraform show -json FILE`.",
    ],
    [(text) => text.startsWith('{"@level"'), "It is the log of `terraform plan -json`.", save],
    [(_, value) => "values" in value, "It is a state.", save],
  ];

/** Why an input is no plan, and what to do. */
function describeInput(text: string, value: unknown, path = ""): { why: string; action: string } {
  const [, known, action = save] = mistakes.find(([isMade]) => isMade(text, isObject(value) ? value : {})) ?? [];
  const version = getProperty(value, "format_version");
  const isOther = typeof version === "string" && !version.startsWith("1.");
  const format = isOther ? `Its format is ${version.slice(0, 20)}. ` : "";
  const part = path && path !== "format_version" ? `Its part ${path} is missing or of another form. ` : "";
  return { why: known ?? `${format || part}A review reads plans of format 1.x.`, action };
}

/** Empty for what does not change. A replacement that forgets the old resource is two changes. */
function toResourceChanges(entry: ChangeJson): Omit<ResourceChange, "inputs" | "owners">[] {
  const { address, deposed, type, mode, action_reason: reason, change } = entry;
  const { actions, importing, after_unknown: unknown, before_sensitive, after_sensitive } = change;
  if (actions.includes("forget") && actions.includes("create")) {
    return [
      { ...change, actions: ["forget"], after: null },
      { ...change, actions: ["create"], before: null },
    ].flatMap((each) => toResourceChanges({ ...entry, change: each }));
  }
  const effect = toEffect(actions) ?? (importing ? "import" : undefined);
  if (!effect || mode === "data") return [];
  const values = { before: change.before ?? {}, after: change.after ?? {}, unknown };
  const compared = { ...values, sensitive: [before_sensitive, after_sensitive] };
  return [
    {
      ...compared,
      // An interrupted replacement leaves a deposed resource with the address of the new one.
      address: deposed === undefined ? address : `${address} (deposed ${deposed})`,
      type,
      effect,
      differences: computeDifferences(compared),
      replacePaths: change.replace_paths.map((path) => path.join(".")),
      isTainted: reason === "replace_because_tainted",
      createBeforeDestroy: actions[0] === "create" && effect === "replace",
      isImported: Boolean(importing),
    },
  ];
}

/** Undefined if nothing changes. */
function toEffect(actions: readonly string[]): Effect | undefined {
  if (actions.includes("create")) return actions.includes("delete") ? "replace" : "create";
  const effectsByAction = { delete: "destroy", forget: "forget", update: "change" } as const;
  return effectsByAction[actions[0] as "delete"];
}
