import { CloudformationStack } from "@cdktf/provider-aws/lib/cloudformation-stack/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret/index.js";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import type { WebAclRule } from "./web-acl-rules.ts";

export interface OriginSecretProps {
  readonly name: string;
  readonly encryptionKey: EncryptionKey;
}

/** Header by which CloudFront proves to the API's firewall that a request came through it. */
export const originSecretHeader = "x-origin-secret";

/**
 * The secret between CloudFront and the API's firewall. Secrets Manager makes it up, Terraform hands it on without
 * keeping it, and CloudFormation, which alone can, puts it where it is used by reference: it is in no JSON, plan or
 * state. Billed by the month.
 */
export class OriginSecret extends Construct {
  /** Stands for the value in CloudFormation templates, and for nothing elsewhere. */
  readonly reference: string;

  constructor(scope: Construct, id: string, props: OriginSecretProps) {
    super(scope, id);
    const secret = new SecretsmanagerSecret(this, "secret", {
      name: props.name,
      description: "What CloudFront shows to the firewall of the API",
      kmsKeyId: props.encryptionKey.arn,
      recoveryWindowInDays: 30,
      lifecycle: { preventDestroy: true },
    });
    // The bindings know no ephemeral resources: made anew at each run, used where a write-only value is written.
    TerraformStack.of(this).addOverride("ephemeral.aws_secretsmanager_random_password.origin", {
      password_length: 64,
      exclude_punctuation: true,
    });
    const version = new SecretsmanagerSecretVersion(this, "value", {
      secretId: secret.id,
      secretStringWo: "${ephemeral.aws_secretsmanager_random_password.origin.random_password}",
      // A higher number writes a new value.
      secretStringWoVersion: 1,
    });
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    this.reference = `{{resolve:secretsmanager:${secret.arn}:SecretString:::${version.versionId}}}`;
  }
}

export interface OriginDemandProps {
  readonly name: string;
  readonly secret: OriginSecret;
}

/** A group of one firewall rule: refuses a request that does not show the secret. */
export class OriginDemand extends Construct {
  readonly rule: WebAclRule;

  constructor(scope: Construct, id: string, { name, secret }: OriginDemandProps) {
    super(scope, id);
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
              // One exact match costs 2; a group cannot grow later.
              Capacity: 10,
              VisibilityConfig: visibility,
              Rules: [
                {
                  Name: "through-cloudfront",
                  Priority: 0,
                  Action: { Block: {} },
                  Statement: { NotStatement: { Statement: matches(secret.reference) } },
                  VisibilityConfig: visibility,
                },
              ],
            },
          },
        },
        Outputs: { arn: { Value: { "Fn::GetAtt": ["Group", "Arn"] } } },
      }),
    });
    this.rule = {
      name: "through-cloudfront",
      statement: { rule_group_reference_statement: { arn: `\${${stack.fqn}.outputs.arn}` } },
    };
  }
}

const matches = (value: string) => ({
  ByteMatchStatement: {
    FieldToMatch: { SingleHeader: { Name: originSecretHeader } },
    PositionalConstraint: "EXACTLY",
    SearchString: value,
    TextTransformations: [{ Priority: 0, Type: "NONE" }],
  },
});

export interface OriginProofProps {
  readonly name: string;
  readonly secret: OriginSecret;
  /**
   * One without tags. CloudFormation hands a stack's tags on, and CloudFront refuses to create a function with tags:
   * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2508
   */
  readonly provider: AwsProvider;
}

/** A CloudFront function that shows the secret with each request, whatever the viewer sent. Billed by the request. */
export class OriginProof extends Construct {
  readonly functionArn: string;

  constructor(scope: Construct, id: string, { name, secret, provider }: OriginProofProps) {
    super(scope, id);
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
              FunctionConfig: { Comment: "Shows the origin secret", Runtime: "cloudfront-js-2.0" },
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
    `  event.request.headers["${originSecretHeader}"] = { value: "${value}" };`,
    "  return event.request;",
    "}",
  ].join("\n");
