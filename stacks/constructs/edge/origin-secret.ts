import { CloudformationStack } from "@cdktf/provider-aws/lib/cloudformation-stack/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import type { WebAclRule } from "./web-acl-rule.ts";

export interface OriginSecretProps {
  readonly encryptionKey: EncryptionKey;
  /**
   * A higher number makes another secret, and so another value. The web ACL still accepts the one before, so that it
   * blocks no user until CloudFront sends the new one: raise it by one at a time, and deploy both in between.
   *
   * @default 1
   */
  readonly version?: number;
}

/** Header with which the API's web ACL verifies that a request came through CloudFront. */
export const originVerifyHeaderName = "x-origin-verify";

/**
 * The secret between CloudFront and the API's web ACL. CloudFormation makes it up and puts it where it is used, by
 * reference: it is in no JSON, plan or state, and whoever plans need not read it. Billed by the month.
 *
 * ```ts
 * new OriginSecret(this, "origin-secret", {
 *   encryptionKey: foundation.dataKey,
 * });
 * ```
 */
export class OriginSecret extends Construct {
  /** Stands for the value in CloudFormation templates of the same region, and for nothing elsewhere. */
  readonly reference: string;
  /** The same for all values that are taken: this one, and the one before it, if there was one. */
  readonly acceptedReferences: readonly string[];
  /** What must be there before the reference is used. */
  readonly stack: CloudformationStack;

  constructor(scope: Construct, id: string, props: OriginSecretProps) {
    super(scope, id);
    const { version = 1 } = props;
    const name = EcobeatStack.of(this).resourceName("origin");
    checkVersion(name, version);
    const nameOf = (each: number) => `${name}-${each}`;
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    const referenceTo = (each: number) => `{{resolve:secretsmanager:${nameOf(each)}:SecretString}}`;
    this.stack = new CloudformationStack(this, "secret", {
      name,
      templateBody: JSON.stringify({
        Resources: {
          [`Secret${version}`]: {
            Type: "AWS::SecretsManager::Secret",
            // The web ACL accepts it for one more renewal, when it is no longer in this template.
            DeletionPolicy: "Retain",
            Properties: {
              Name: nameOf(version),
              Description: "Origin verify header of CloudFront, for the web ACL of the API",
              KmsKeyId: props.encryptionKey.arn,
              GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
            },
          },
        },
      }),
      lifecycle: { preventDestroy: true },
    });
    this.reference = referenceTo(version);
    this.acceptedReferences = [version, ...(version > 1 ? [version - 1] : [])].map(referenceTo);
  }
}

function checkVersion(name: string, number: number): void {
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(
      `The secret "${name}" is to have the number ${number}. Each renewal has a whole number of its own, from 1 on. Use the ` +
        "number before it and one.",
    );
  }
}

export interface OriginVerifyRuleProps {
  readonly secret: OriginSecret;
}

/**
 * A rule group of one rule: blocks requests without the origin verify header. Billed by the month.
 *
 * ```ts
 * new OriginVerifyRule(this, "origin-verify-rule", {
 *   secret,
 * }).rule;
 * ```
 */
export class OriginVerifyRule extends Construct {
  readonly rule: WebAclRule;

  constructor(scope: Construct, id: string, { secret }: OriginVerifyRuleProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName("origin-verify-rule");
    const visibility = {
      MetricName: name,
      CloudWatchMetricsEnabled: true,
      SampledRequestsEnabled: false,
    };
    const stack = new CloudformationStack(this, "group", {
      name,
      templateBody: JSON.stringify({
        Resources: {
          Group: {
            Type: "AWS::WAFv2::RuleGroup",
            Properties: {
              Name: name,
              Scope: "REGIONAL",
              // One exact match costs 2, and there are two at most; a group cannot grow later.
              Capacity: 10,
              VisibilityConfig: visibility,
              Rules: [
                {
                  Name: "origin-verify",
                  Priority: 0,
                  Action: { Block: {} },
                  Statement: { NotStatement: { Statement: matchesAny(secret.acceptedReferences) } },
                  VisibilityConfig: visibility,
                },
              ],
            },
          },
        },
        Outputs: { arn: { Value: { "Fn::GetAtt": ["Group", "Arn"] } } },
      }),
      dependsOn: [secret.stack],
    });
    this.rule = {
      name: "origin-verify",
      statement: { rule_group_reference_statement: { arn: `\${${stack.fqn}.outputs.arn}` } },
    };
  }
}

/** WAF wants no less than two statements to choose from. */
const matchesAny = ([first, ...others]: readonly string[]) =>
  others.length === 0 ? matches(first!) : { OrStatement: { Statements: [first!, ...others].map(matches) } };

const matches = (value: string) => ({
  ByteMatchStatement: {
    FieldToMatch: { SingleHeader: { Name: originVerifyHeaderName } },
    PositionalConstraint: "EXACTLY",
    SearchString: value,
    TextTransformations: [{ Priority: 0, Type: "NONE" }],
  },
});

export interface OriginVerifyHeaderProps {
  readonly secret: OriginSecret;
  /**
   * One without tags. CloudFormation hands a stack's tags on, and CloudFront refuses to create a function with tags:
   * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2508
   */
  readonly provider: AwsProvider;
}

/**
 * A CloudFront function that sets the origin verify header on each request, whatever the viewer sent. Billed by the request.
 *
 * ```ts
 * new OriginVerifyHeader(this, "origin-verify-header", {
 *   secret, provider: this.addUntaggedProvider(),
 * });
 * ```
 */
export class OriginVerifyHeader extends Construct {
  readonly functionArn: string;

  constructor(scope: Construct, id: string, { secret, provider }: OriginVerifyHeaderProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName("origin-verify-header");
    const stack = new CloudformationStack(this, "function", {
      provider,
      name,
      templateBody: JSON.stringify({
        Resources: {
          Function: {
            Type: "AWS::CloudFront::Function",
            Properties: {
              Name: name,
              AutoPublish: true,
              FunctionConfig: { Comment: "Sets the origin verify header", Runtime: "cloudfront-js-2.0" },
              FunctionCode: code(secret.reference),
            },
          },
        },
        Outputs: { arn: { Value: { "Fn::GetAtt": ["Function", "FunctionARN"] } } },
      }),
    });
    this.functionArn = `\${${stack.fqn}.outputs.arn}`;
  }
}

const code = (value: string): string =>
  [
    "function handler(event) {",
    `  event.request.headers["${originVerifyHeaderName}"] = { value: "${value}" };`,
    "  return event.request;",
    "}",
  ].join("\n");
