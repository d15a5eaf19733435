import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "chai";
import { AccessTokens } from "../../service/auth/access-tokens.ts";
import { RefreshTokens } from "../../service/auth/refresh-tokens.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { customPatterns } from "../../stacks/constructs/observability/log-group.ts";
import { fixedKeys, newPerson, startService, testSigningKey } from "../support/service.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { acceptedPatterns, maskedLogs } from "./rules/masking.ts";
import { add, applyChange, type Change, removeAll, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const policyType = "aws_cloudwatch_log_data_protection_policy";
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
    const tokens = new AccessTokens({
      keys: fixedKeys(await testSigningKey()),
      apiUrl: "https://api.test",
      lifetimeSeconds: 900,
      clock: Date.now,
      metrics: new Metrics(Date.now),
    });
    for (let count = 0; count < 20; count++) {
      const token = await tokens.issue({
        userId: randomUUID(),
        sessionId: randomBytes(16).toString("base64url"),
      });
      for (const toText of contexts) {
        for (const part of token.split(".")) expect(mask(toText(token))).to.not.contain(part);
      }
      expect(mask(token.slice(0, token.lastIndexOf(".")))).to.match(/^\*+$/);
    }
  });

  it("match all of every refresh token that the service issues", () => {
    const tokens = new RefreshTokens(randomBytes(32));
    for (let count = 0; count < 1_000; count++) {
      const { token } = tokens.create(randomUUID());
      for (const toText of contexts) expect(mask(toText(token))).to.equal(toText("*".repeat(token.length)));
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
