import { parseJson } from "../../service/platform/parse-json.ts";
import { isObject } from "./differences.ts";
import { toCodeSpan, toCodeSpans } from "./finding.ts";

/** One key of a statement's condition. */
interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

function parseConditions(condition: string): Condition[] {
  const operators = Object.entries((parseJson(condition) ?? {}) as object);
  return operators.flatMap(([operator, operands]) =>
    Object.entries(isObject(operands) ? operands : {}).map(([key, value]) => ({
      operator,
      key,
      values: [value ?? []].flat().map(String),
    })),
  );
}

/** Keys whose values say who calls, and hold no secret. */
const callerKeys = /(^|:)(sub|aud)$|^aws:(Principal|Source)|^kms:CallerAccount$/i;

/** Of these, any caller may set the tag, and each of AWS's services is used by everyone. */
const commonKeys = /^aws:Principal(Tag|IsAWSService|Service|Type)/i;

/** What every caller can choose. */
const callersChoice = /^(aws:(SecureTransport|CurrentTime|EpochTime|UserAgent|Referer)|s3:TlsVersion)$/i;

/** Whether a range of addresses holds the internet, or at least 1/128 of it. */
export const isPublicRange = (range: unknown): boolean => /[.:]\d*\/[0-7]$/.test(String(range));

/** Audiences that all users of a service share: https://docs.github.com/en/actions/reference/security/oidc */
const sharedAudiences = /^(sts\.amazonaws\.com|aws\.workload\.identity|https:\/\/(github|gitlab)\.com(\/.*)?)$/i;

/**
 * Whether a value of a condition names its owner: an account, an organization, a bucket, a repository with the organization that has it.
 * A pattern does if its fixed part reaches beyond the owner's name.
 */
export function namesOwner(value: string): boolean {
  if (value === "" || isPublicRange(value) || sharedAudiences.test(value)) return false;
  if (!/[*?]/.test(value)) return true;
  const [start, , , , account, ...resource] = value.split(":");
  if (start === "arn") {
    // The ARN of a bucket has no account.
    const owner = account || resource.join(":").split("/")[0]!;
    return owner !== "" && !/[*?]/.test(owner);
  }
  // `o-organization/path`, `AROAROLEID:session`, `repo:owner/repository`, `organization:owner:project`.
  return /^(o-\w+\/|A[A-Z0-9]{15,}:|[^:/*?]+:[^:/*?]+[:/])/.test(value);
}

/** Whether each caller meets a condition, or each but those that it names. */
function fitsEveryone({ operator, key, values }: Condition): boolean {
  // Both are met by a request without the key, and `Null` is about nothing else:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
  if (/^ForAllValues:|^Null$|Not|IfExists$/i.test(operator) || callersChoice.test(key)) return true;
  // Only these operators know wildcards. For the others an asterisk is one.
  const isPattern = /Like|Arn/i.test(operator);
  const names = callerKeys.test(key)
    ? (value: string) => namesOwner(isPattern ? value : value.replace(/[*?]/g, "_"))
    : (value: string) => value !== "" && !(isPattern && /^[*?]*$/.test(value)) && !isPublicRange(value);
  return !values.every(names) || values.length === 0;
}

/** Whether a condition limits anything. */
export const limits = (condition: string): boolean => parseConditions(condition).some((each) => !fitsEveryone(each));

/** Whether a condition limits who may call, of all who have an AWS account or a token of the same identity provider. */
export const limitsCallers = (condition: string): boolean =>
  parseConditions(condition).some(
    (each) => callerKeys.test(each.key) && !commonKeys.test(each.key) && !fitsEveryone(each),
  );

/** A condition for a reviewer. Without the values of most keys, which may be secrets that callers have to send. */
export function describeCondition(condition: string): string {
  if (condition === "") return "";
  const isLimited = limitsCallers(condition);
  const parts = parseConditions(condition).map((each) => {
    const isShown = callerKeys.test(each.key) && each.values.length > 0;
    const expected = isShown ? `${each.operator} ${toCodeSpans(each.values)}` : "matches";
    return `${toCodeSpan(each.key)} ${expected}${fitsEveryone(each) && !isLimited ? " (which limits no one)" : ""}`;
  });
  return parts.length > 0 ? ` if ${parts.join(" and ")}` : " under an empty condition";
}
