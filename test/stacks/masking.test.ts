import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "chai";
import { AccessTokens } from "../../service/auth/access-tokens.ts";
import { RefreshTokens } from "../../service/auth/refresh-tokens.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { customPatterns } from "../../stacks/constructs/observability/log-masking.ts";
import { fixedKeys, newPerson, startService, testSigningKey } from "../support/service.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { acceptedPatterns, maskedLogs } from "./rules/masking.ts";
import { first, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const policyType = "aws_cloudwatch_log_data_protection_policy";

/** Changes the policies of the log groups whose names begin so. */
const change = (beginning: string, edit: (policy: Attributes) => void) => (stacks: Stacks) => {
  for (const { stack, attributes } of resources(stacks, policyType)) {
    const [, group] = /\.([\w-]+)\.name/.exec(attributes.log_group_name)!;
    if (stack.resource.aws_cloudwatch_log_group![group!]!.name.startsWith(beginning)) {
      const policy = JSON.parse(attributes.policy_document);
      edit(policy);
      attributes.policy_document = JSON.stringify(policy);
    }
  }
};

/** Leaves an identifier out of what is found and masked. */
const without = (name: string) => (policy: Attributes) => {
  for (const statement of policy.Statement) {
    statement.DataIdentifier = statement.DataIdentifier.filter((each: string) => !each.endsWith(name));
  }
};

describe("masking of logs", () => {
  testRule(maskedLogs, {
    "a log of functions that shows everything": (stacks) => {
      delete stacks["ecobeat-staging-service"]!.resource[policyType];
    },
    "a new log group": (stacks) => {
      stacks["ecobeat-staging-service"]!.resource.aws_cloudwatch_log_group!.added = { name: "/new" };
    },
    "e-mail addresses": change("/aws/lambda/", without("EmailAddress")),
    "postal addresses": change("/aws/lambda/", without("/Address")),
    "keys of AWS": change("aws-waf-logs-", without("AwsSecretKey")),
    "private keys": change("/aws/apigateway/", without("PkcsPrivateKey")),
    "access tokens": change("/aws/lambda/", without("JsonWebToken")),
    "refresh tokens": change("/aws/vendedlogs/", without("RefreshToken")),
    "an identifier that is not explained": change("/aws/lambda/", (policy) => {
      policy.Configuration.CustomDataIdentifier.pop();
    }),
    "addresses of clients": change("/aws/apigateway/", without("IpAddress")),
    "no addresses of attackers": change("aws-waf-logs-", (policy) => {
      for (const { DataIdentifier } of policy.Statement) {
        DataIdentifier.push("arn:aws:dataprotection::aws:data-identifier/IpAddress");
      }
    }),
    "finding without masking": change("/aws/lambda/", (policy) => {
      policy.Statement.pop();
    }),
    "masking what is not found": change("/aws/lambda/", (policy) => {
      policy.Statement[0].DataIdentifier.pop();
    }),
  });

  testRule(acceptedPatterns, {
    parentheses: change("/aws/lambda/", ({ Configuration }) => {
      Configuration.CustomDataIdentifier[0].Regex = "eyJ(a|b)";
    }),
    "a pattern of 201 characters": (stacks) => {
      const policy = JSON.parse(first(stacks, policyType).policy_document);
      policy.Configuration.CustomDataIdentifier[0].Regex = "a".repeat(201);
      first(stacks, policyType).policy_document = JSON.stringify(policy);
    },
  });
});

/** A text as CloudWatch shows it, as far as patterns of ours go. */
const masked = (text: string): string =>
  Object.values(customPatterns).reduce(
    (shown, pattern) => shown.replace(new RegExp(pattern, "g"), (found) => "*".repeat(found.length)),
    text,
  );

describe("patterns of ours by which logs are masked", () => {
  const around = [
    (token: string) => token,
    (token: string) => `{"authorization":"Bearer ${token}"}`,
    (token: string) => `at https://api.ecobeat.app/?token=${token}&x=1`,
    (token: string) => `Error: ${token}: refused, ${token}`,
  ];

  it("find all of every access token that the service issues", async () => {
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
      for (const place of around) {
        for (const part of token.split(".")) expect(masked(place(token))).to.not.contain(part);
      }
      expect(masked(token.slice(0, token.lastIndexOf(".")))).to.match(/^\*+$/);
    }
  });

  it("find all of every refresh token that the service issues", () => {
    const tokens = new RefreshTokens(randomBytes(32));
    for (let count = 0; count < 1_000; count++) {
      const { token } = tokens.create(randomUUID());
      for (const place of around) expect(masked(place(token))).to.equal(place("*".repeat(token.length)));
    }
  });

  it("leave ordinary lines alone", async () => {
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
      expect(masked(JSON.stringify(line))).to.equal(JSON.stringify(line));
    }
  });
});
