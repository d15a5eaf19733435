import { parseJson } from "../../service/platform/parse-json.ts";
import { OperatorError } from "../cli/errors.ts";
import { getProperty, isObject } from "./differences.ts";
import { findUnexpectedDrift } from "./drift.ts";
import type { StateResource } from "./managed-attributes.ts";
import { findInputs, findOwners, toConfigurationAddress } from "./owners.ts";
import { findRemarks, type Remark } from "./plan-remarks.ts";
import { type ChangeJson, planSchema } from "./plan-schema.ts";
import { type ResourceChange, toResourceChanges } from "./resource-change.ts";

/** The parts of a stack's plan that a review reads. */
export interface Plan {
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  /** Resources that were changed outside of Terraform. */
  readonly drift: readonly ResourceChange[];
  /** All resources, as the plan has read them. Those of another stack may account for drift. */
  readonly state: readonly StateResource[];
  /** What the plan says elsewhere. */
  readonly remarks: readonly Remark[];
}

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
    const { why, action } = describeInput(text, value, error?.issues[0]?.path.join("."));
    throw new OperatorError("plan-format-unknown", { what: `${stack} is not a Terraform plan in JSON.`, why, action });
  }
  const inputs = findInputs(data.configuration.root_module);
  const owners = findOwners(data);
  const read = (each: ChangeJson) =>
    toResourceChanges(each, { owners, inputs: inputs.get(toConfigurationAddress(each.address)) });
  const state = data.prior_state.values.root_module.resources;
  const drift = findUnexpectedDrift(data.resource_drift.flatMap(read), state);
  return { stack, changes: data.resource_changes.flatMap(read), drift, state, remarks: [...findRemarks(data)] };
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
