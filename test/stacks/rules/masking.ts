import type { Attributes } from "../../support/synthesize.ts";
import { failing, type Resource } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** Logs in which machines alone write, by the beginnings of their names, and why they hold nothing of people. */
const impersonal: Readonly<Record<string, string>> = {
  "/aws/vpc/": "addresses of our own machines, ports and counts",
  "/aws/elasticache/": "names of commands, without what they are about",
  "/ecobeat-staging/releases": "our own names, for which it is kept",
  "/ecobeat-production/releases": "our own names, for which it is kept",
};

/** Logs that show IP addresses, by the beginnings of their names, and whose they are. */
const withAddresses: Readonly<Record<string, string>> = {
  "/aws/lambda/": "our own servers', in errors about them",
  "aws-waf-logs-": "attackers', who are known by nothing else",
};

const isOneOf = (name: string, beginnings: object): boolean =>
  Object.keys(beginnings).some((beginning) => name.startsWith(beginning));

const managedIdentifiers = [
  "EmailAddress",
  "Address",
  "AwsSecretKey",
  "OpenSshPrivateKey",
  "PgpPrivateKey",
  "PkcsPrivateKey",
  "PuttyPrivateKey",
].map((name) => `arn:aws:dataprotection::aws:data-identifier/${name}`);

const ipAddress = "arn:aws:dataprotection::aws:data-identifier/IpAddress";

/** The policy of a log group, as CloudWatch reads it. */
function findMaskingPolicy({ stack, id }: Resource): Attributes | undefined {
  const policy = Object.values(stack.resource.aws_cloudwatch_log_data_protection_policy ?? {}).find(
    ({ log_group_name }) => log_group_name === `\${aws_cloudwatch_log_group.${id}.name}`,
  );
  return policy && JSON.parse(policy.policy_document);
}

/** What a policy masks: CloudWatch demands that it be what it looks for. */
function getMaskedIdentifiers(policy: Attributes): readonly string[] {
  const [find, mask, ...others]: Attributes[] = policy.Statement;
  const isPair =
    find?.Operation.Audit?.FindingsDestination !== undefined &&
    mask?.Operation.Deidentify?.MaskConfig !== undefined &&
    others.length === 0 &&
    String(find.DataIdentifier) === String(mask.DataIdentifier);
  return isPair ? mask.DataIdentifier : [];
}

export const maskedLogs: Rule = {
  name: "every log group that holds what people or code write masks e-mail and postal addresses, keys, tokens and, where clients are meant, IP addresses",
  check: (stacks) =>
    failing(stacks, ["aws_cloudwatch_log_group"], "shows what nobody should read", (group) => {
      const { name } = group.attributes;
      const policy = findMaskingPolicy(group);
      if (!policy) return isOneOf(name, impersonal);
      const masked = getMaskedIdentifiers(policy);
      const custom: Attributes[] = policy.Configuration.CustomDataIdentifier;
      return (
        managedIdentifiers.every((identifier) => masked.includes(identifier)) &&
        ["JsonWebToken", "RefreshToken"].every(
          (identifier) => masked.includes(identifier) && custom.some(({ Name }) => Name === identifier),
        ) &&
        masked.includes(ipAddress) === !isOneOf(name, withAddresses)
      );
    }),
};

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-custom-data-identifiers.html */
const allowedPattern = /^[a-zA-Z0-9_#=@/;, \-^$?[\]{}|\\*+.]{1,200}$/;

export const acceptedPatterns: Rule = {
  name: "every pattern of ours by which logs are masked is short, and written in the characters that CloudWatch takes",
  check: (stacks) =>
    failing(
      stacks,
      ["aws_cloudwatch_log_data_protection_policy"],
      "has a pattern that CloudWatch refuses",
      ({ attributes }) => {
        const custom: Attributes[] = JSON.parse(attributes.policy_document).Configuration
          .CustomDataIdentifier;
        return (
          custom.length <= 10 &&
          custom.every(({ Name, Regex }) => /^[\w-]{1,128}$/.test(Name) && allowedPattern.test(Regex))
        );
      },
    ),
};
