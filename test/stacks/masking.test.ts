import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "chai";
import { RefreshTokens } from "../../service/auth/refresh-tokens.ts";
import { shortestRefreshToken } from "../../service/contract.ts";
import { customPatterns } from "../../stacks/constructs/observability/log-group.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import { releaseLogName } from "../../stacks/names.ts";
import { newPerson, startService, testAccessTokens, testSigningKey } from "../support/service.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { add, applyChange, type Change, type Resource, referring, removeAll, resources } from "./rules/resources.ts";
import { resourceRule, testRule } from "./rules/rule.ts";

const policyType = "aws_cloudwatch_log_data_protection_policy";

/** Prefixes of logs without data protection, and why they contain no personal data. */
const impersonal: Readonly<Record<string, string>> = {
  "/aws/vpc/": "addresses of our own network interfaces, ports and counts",
  "/aws/elasticache/": "names of commands, without arguments",
  ...Object.fromEntries(
    environmentNames.map((name) => [releaseLogName(name), "names of our own engineers, which are its purpose"]),
  ),
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

function findMaskingPolicy(group: Resource): Attributes | undefined {
  const [policy] = referring(group, policyType, "log_group_name");
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

const maskedLogs = resourceRule(
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

const acceptedPatterns = resourceRule(
  "every custom data identifier has a length and characters that CloudWatch accepts",
  policyType,
  ({ attributes }) => {
    const custom: Attributes[] = JSON.parse(attributes.policy_document).Configuration.CustomDataIdentifier;
    return (
      custom.length <= 10 &&
      custom.every(({ Name, Regex }) => /^[\w-]{1,128}$/.test(Name) && allowedPattern.test(Regex))
    );
  },
);

const firstPattern = "Configuration.CustomDataIdentifier.0.Regex";

/** Changes the data protection policies of the log groups with a prefix. */
const change = (prefix: string, edit: Change) => (stacks: Stacks) => {
  for (const { stack, attributes } of resources(stacks, policyType)) {
    const [, group] = /\.([\w-]+)\.name/.exec(attributes.log_group_name)!;
    if (stack.resource.aws_cloudwatch_log_group![group!]!.name.startsWith(prefix)) {
      const policy = JSON.parse(attributes.policy_document);
      applyChange(policy, edit);
      attributes.policy_document = JSON.stringify(policy);
    }
  }
};

/** Removes an identifier from both statements. */
const without = (name: string) => (policy: Attributes) => {
  for (const statement of policy.Statement) {
    statement.DataIdentifier = statement.DataIdentifier.filter((each: string) => !each.endsWith(name));
  }
};

describe("masking of logs", () => {
  testRule(maskedLogs, {
    "functions without data protection": removeAll("staging-service", policyType),
    "a new log group": add("staging-service", "aws_cloudwatch_log_group", { name: "/new" }),
    "e-mail addresses": change("/aws/lambda/", without("EmailAddress")),
    "postal addresses": change("/aws/lambda/", without("/Address")),
    "keys of AWS": change("aws-waf-logs-", without("AwsSecretKey")),
    "private keys": change("/aws/apigateway/", without("PkcsPrivateKey")),
    "access tokens": change("/aws/lambda/", without("JsonWebToken")),
    "refresh tokens": change("/aws/vendedlogs/", without("RefreshToken")),
    "an identifier without a definition": change("/aws/lambda/", (policy) =>
      policy.Configuration.CustomDataIdentifier.pop(),
    ),
    "addresses of clients": change("/aws/apigateway/", without("IpAddress")),
    "masked addresses of attackers": change("aws-waf-logs-", (policy) => {
      for (const { DataIdentifier } of policy.Statement) {
        DataIdentifier.push("arn:aws:dataprotection::aws:data-identifier/IpAddress");
      }
    }),
    "an audit without masking": change("/aws/lambda/", (policy) => policy.Statement.pop()),
    "different identifiers in the statements": change("/aws/lambda/", (policy) =>
      policy.Statement[0].DataIdentifier.pop(),
    ),
  });

  testRule(acceptedPatterns, {
    parentheses: change("/aws/lambda/", { [firstPattern]: "eyJ(a|b)" }),
    "a pattern of 201 characters": change("/aws/lambda/", { [firstPattern]: "a".repeat(201) }),
  });
});

/** A text with the matches of our custom patterns masked. */
const mask = (text: string): string =>
  Object.values(customPatterns).reduce(
    (shown, pattern) => shown.replace(new RegExp(pattern, "g"), (found) => "*".repeat(found.length)),
    text,
  );

describe("custom patterns for masking", () => {
  const contexts = [
    (token: string) => token,
    (token: string) => `{"authorization":"Bearer ${token}"}`,
    (token: string) => `at https://api.ecobeat.app/?token=${token}&x=1`,
    (token: string) => `Error: ${token}: invalid, ${token}`,
  ];

  it("match all of every access token that the service issues", async () => {
    const tokens = testAccessTokens(await testSigningKey());
    for (let count = 0; count < 20; count++) {
      const token = await tokens.issue({ userId: randomUUID(), sessionId: randomBytes(16).toString("base64url") });
      for (const toText of contexts) {
        for (const part of token.split(".")) expect(mask(toText(token))).to.not.contain(part);
      }
      expect(mask(token.slice(0, token.lastIndexOf(".")))).to.match(/^\*+$/);
    }
  });

  it("match all of every refresh token that the service issues", () => {
    const tokens = new RefreshTokens({ current: randomBytes(32) });
    for (let count = 0; count < 1_000; count++) {
      const token = tokens.create(randomUUID()).toToken(count);
      // Tokens from before the generation are shorter.
      for (const issued of [token, token.slice(0, shortestRefreshToken)])
        for (const toText of contexts) expect(mask(toText(issued))).to.equal(toText("*".repeat(issued.length)));
    }
  });

  it("match nothing in ordinary lines", async () => {
    const service = await startService({
      sessions: async () => {
        throw new TypeError("cannot read properties of undefined");
      },
    });
    await service.send("POST", "/v1/auth/register", { body: newPerson() });
    await service.send("GET", "/v1/users/me", { token: "x" });
    await service.send("GET", "/health/ready");
    await service.stop();
    expect(service.lines.length).to.be.greaterThan(3);
    for (const line of service.lines) {
      expect(mask(JSON.stringify(line))).to.equal(JSON.stringify(line));
    }
  });
});
