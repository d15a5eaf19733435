import type { Attributes } from "../../support/synthesize.ts";
import type { Resource } from "./resources.ts";
import { resourceRule } from "./rule.ts";

/** Prefixes of logs without data protection, and why they contain no personal data. */
const impersonal: Readonly<Record<string, string>> = {
  "/aws/vpc/": "addresses of our own network interfaces, ports and counts",
  "/aws/elasticache/": "names of commands, without arguments",
  "/ecobeat-staging/releases": "names of our own engineers, which are its purpose",
  "/ecobeat-production/releases": "names of our own engineers, which are its purpose",
};

/** Prefixes of logs with IP addresses, and whose these are. */
const withAddresses: Readonly<Record<string, string>> = {
  "/aws/lambda/": "our own servers', in errors about them",
  "aws-waf-logs-": "attackers', whom nothing else identifies",
};

const hasPrefix = (name: string, prefixes: object): boolean =>
  Object.keys(prefixes).some((prefix) => name.startsWith(prefix));

const toManagedIdentifier = (name: string) => `arn:aws:dataprotection::aws:data-identifier/${name}`;

const managedIdentifiers = [
  "EmailAddress",
  "Address",
  "AwsSecretKey",
  "OpenSshPrivateKey",
  "PgpPrivateKey",
  "PkcsPrivateKey",
  "PuttyPrivateKey",
].map(toManagedIdentifier);

function findMaskingPolicy({ stack, id }: Resource): Attributes | undefined {
  const policy = Object.values(stack.resource.aws_cloudwatch_log_data_protection_policy ?? {}).find(
    ({ log_group_name }) => log_group_name === `\${aws_cloudwatch_log_group.${id}.name}`,
  );
  return policy && JSON.parse(policy.policy_document);
}

/** Identifiers that a policy masks. CloudWatch requires that its audit statement has the same ones. */
function getMaskedIdentifiers(policy: Attributes): readonly string[] {
  const [find, mask, ...others]: Attributes[] = policy.Statement;
  const isPair =
    find?.Operation.Audit?.FindingsDestination !== undefined &&
    mask?.Operation.Deidentify?.MaskConfig !== undefined &&
    others.length === 0 &&
    String(find.DataIdentifier) === String(mask.DataIdentifier);
  return isPair ? mask.DataIdentifier : [];
}

export const maskedLogs = resourceRule(
  "every log group with data of users or code masks e-mail and postal addresses, keys, tokens and addresses of clients",
  "aws_cloudwatch_log_group",
  (group) => {
    const { name } = group.attributes;
    const policy = findMaskingPolicy(group);
    if (!policy) return hasPrefix(name, impersonal);
    const masked = getMaskedIdentifiers(policy);
    const custom: Attributes[] = policy.Configuration.CustomDataIdentifier;
    return (
      managedIdentifiers.every((identifier) => masked.includes(identifier)) &&
      ["JsonWebToken", "RefreshToken"].every(
        (identifier) => masked.includes(identifier) && custom.some(({ Name }) => Name === identifier),
      ) &&
      masked.includes(toManagedIdentifier("IpAddress")) === !hasPrefix(name, withAddresses)
    );
  },
);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-custom-data-identifiers.html */
const allowedPattern = /^[a-zA-Z0-9_#=@/;, \-^$?[\]{}|\\*+.]{1,200}$/;

export const acceptedPatterns = resourceRule(
  "every custom data identifier has a length and characters that CloudWatch accepts",
  "aws_cloudwatch_log_data_protection_policy",
  ({ attributes }) => {
    const custom: Attributes[] = JSON.parse(attributes.policy_document).Configuration.CustomDataIdentifier;
    return (
      custom.length <= 10 &&
      custom.every(({ Name, Regex }) => /^[\w-]{1,128}$/.test(Name) && allowedPattern.test(Regex))
    );
  },
);
