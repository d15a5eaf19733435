import { getObject, isObject, type Json, type JsonObject } from "../terraform/synthesis.ts";

/** Excerpt of `terraform show -json <plan>`. */
export interface PlanDocument {
  readonly terraform_version: string;
  readonly planned_values: {
    readonly outputs?: Record<string, { readonly sensitive: boolean; readonly value?: Json }>;
  };
  readonly output_changes?: Record<string, { readonly after_unknown: Json }>;
}

/**
 * A state file with a stack's planned outputs, for the plans of the stacks that read them. Values that only an apply can know
 * are placeholders of the right shape.
 *
 * @param configuration the stack's `cdk.tf.json`, with the expression of each output
 */
export function stubState(plan: PlanDocument, configuration: JsonObject): JsonObject {
  const outputs = Object.entries(plan.planned_values.outputs ?? {}).map(([name, output]) => {
    const expression = getObject(configuration, "output", name).value ?? "";
    const unknown = plan.output_changes?.[name]?.after_unknown ?? false;
    const value = complete(output.value ?? null, unknown, expression);
    return [name, { value, type: toStateType(value), sensitive: output.sensitive }] as const;
  });
  return {
    version: 4,
    terraform_version: plan.terraform_version,
    serial: 1,
    lineage: "infra-test",
    outputs: Object.fromEntries(outputs),
    resources: [],
  };
}

/** Fills unknown values: `unknown` is `true` for a whole value, or has its shape. */
function complete(value: Json, unknown: Json, expression: Json): Json {
  if (unknown === true) return toPlaceholder(expression);
  if (Array.isArray(unknown)) {
    const known = Array.isArray(value) ? value : [];
    return unknown.map((part, index) => complete(known[index] ?? null, part, getPart(expression, index)));
  }
  if (isObject(unknown)) {
    const known = isObject(value) ? value : {};
    const filled = Object.entries(unknown).map(([key, part]) => [
      key,
      complete(known[key] ?? null, part, getPart(expression, key)),
    ]);
    return { ...known, ...Object.fromEntries(filled) };
  }
  return value;
}

const getPart = (expression: Json, key: string | number): Json =>
  typeof expression === "object" && expression !== null
    ? ((expression as Record<string | number, Json>)[key] ?? "")
    : expression;

/** A placeholder for the first attribute that an expression refers to. */
function toPlaceholder(expression: Json): Json {
  const reference = /\b([a-z]\w*_\w+)\.[\w-]+\.([\w.[\]-]+)/.exec(String(expression));
  const [, type, attribute] = reference ?? [];
  return type && attribute ? createPlaceholder(type, attribute) : "placeholder";
}

/** The type of a value, in the format of a state file. */
function toStateType(value: Json): Json {
  if (Array.isArray(value)) return ["tuple", value.map(toStateType)];
  if (isObject(value)) {
    const types = Object.entries(value).map(([key, part]) => [key, toStateType(part)]);
    return ["object", Object.fromEntries(types)];
  }
  if (value === null) return "dynamic";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** The account in placeholders, which no one owns. */
const account = "000000000000";

/**
 * A value of the right shape for an attribute whose value is unknown. It passes the provider's validation.
 *
 * @param type resource type, such as `aws_kms_key`
 * @param attribute with its path if it is nested: `certificate_authority.0.data`
 */
export function createPlaceholder(type: string, attribute: string): string | number {
  const [, service = "service", ...rest] = type.split("_");
  const name = attribute.split(/[.[\]]+/).findLast((part) => /\D/.test(part)) ?? attribute;
  if (/(^|_)arn$/.test(name))
    return `arn:aws:${service}:eu-west-1:${account}:${toArnResource(service, rest.join("-"))}`;
  if (/(^|_)port$/.test(name)) return 6379;
  if (/(^|_)(url|uri)$/.test(name)) return "https://placeholder.invalid";
  if (/(^|_)(address|endpoint|domain_name|dns_name|hostname)$/.test(name)) return "placeholder.invalid";
  if (/(^|_)zone_id$/.test(name)) return "ZPLACEHOLDER";
  if (/(^|_)cidr_block$/.test(name)) return "10.0.0.0/16";
  if (/(^|_)ip$/.test(name)) return "192.0.2.1";
  const [, index] = /[.[](\d+)\]?$/.exec(attribute) ?? [];
  return `placeholder-${type}-${name}${index ? `-${index}` : ""}`.replaceAll("_", "-");
}

function toArnResource(service: string, kind: string): string {
  if (service === "kms") return "key/00000000-0000-0000-0000-000000000000";
  if (service === "lambda") return "function:placeholder";
  return `${kind}/placeholder`;
}
