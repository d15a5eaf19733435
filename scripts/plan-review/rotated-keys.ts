import { parameterPath, parameters } from "../../service/contract.ts";
import { parseJson } from "../../service/platform/parse-json.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import { isObject } from "./differences.ts";
import type { StateResource } from "./managed-attributes.ts";
import type { Attributes, ResourceChange } from "./resource-change.ts";

const stagesParameters: readonly unknown[] = environmentNames.map((environment) =>
  parameterPath(environment, parameters.jwtSigningKeys),
);

/**
 * Whether `npm run ops -- keys` has changed an attribute. It writes the stages of keys into a parameter, and disables the key that
 * Terraform has created when it is at no stage. A key of another account at a stage, and a disabled key that the service uses, are
 * drift.
 */
export function isRotated(
  { type, after }: ResourceChange,
  attribute: string,
  state: readonly StateResource[],
): boolean {
  if (type === "aws_ssm_parameter") {
    return /^(value|version)$/.test(attribute) && stagesParameters.includes(after.name) && hasOwnKeysAlone(after);
  }
  if (type !== "aws_kms_key" || attribute !== "is_enabled") return false;
  const stages = state.flatMap(({ type, values }) =>
    type === "aws_ssm_parameter" && stagesParameters.includes(values.name) && isOfAccount(values, after.arn)
      ? [values]
      : [],
  );
  // Without the parameter, nothing says that the key is not in use. At the stage `retired` no one uses it any more.
  return (
    isSigningKey(after) &&
    stages.length > 0 &&
    !stages.flatMap(readStages).some(([stage, arn]) => stage !== "retired" && arn === after.arn)
  );
}

const isSigningKey = ({ key_usage }: Attributes): boolean => key_usage === "SIGN_VERIFY";

function readStages({ value }: Attributes): [stage: string, arn: unknown][] {
  const stages = typeof value === "string" ? parseJson(value) : undefined;
  return Object.entries(isObject(stages) ? stages : {}).filter(([name]) => name !== "changedAt");
}

function hasOwnKeysAlone(parameter: Attributes): boolean {
  const stages = readStages(parameter);
  return stages.length > 0 && stages.every(([, key]) => isOfAccount(parameter, key));
}

/** Whether a key is in the region and the account of a parameter. */
const isOfAccount = ({ arn }: Attributes, key: unknown): boolean => {
  const [, , , region, account] = `${arn}`.split(":");
  return `${key}`.startsWith(`arn:aws:kms:${region}:${account}:key/`);
};
