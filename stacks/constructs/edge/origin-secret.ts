import { CloudformationStack } from "@cdktf/provider-aws/lib/cloudformation-stack/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { ConstructError } from "../../errors.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import type { WebAclRule } from "./web-acl-rule.ts";

export interface OriginSecretProps {
  readonly encryptionKey: EncryptionKey;
  /**
   * Each version is a new secret with a new value. The web ACL also accepts the previous version, so that it blocks no user
   * before CloudFront sends the new one. Raise it by one, deploy both stacks, and only then raise it again.
   *
   * @default 1
   */
  readonly version?: number;
}

/** Header with which the API's web ACL verifies that a request came through CloudFront. */
export const originVerifyHeaderName = "x-origin-verify";

/**
 * The secret between CloudFront and the API's web ACL. CloudFormation generates it and resolves references to it, so the value is
 * in no JSON, plan or state, and the plan role needs no permission to read it. Billed by the month.
 *
 * @example new OriginSecret(this, "origin-secret", { encryptionKey: foundation.dataKey });
 */
export class OriginSecret extends Construct {
  /** A dynamic reference, which CloudFormation resolves in templates of the same region. */
  readonly reference: string;
  /** References to all values that the web ACL accepts: this version and the previous one. */
  readonly acceptedReferences: readonly string[];
  /** Must exist before CloudFormation resolves the reference. */
  readonly stack: CloudformationStack;

  constructor(scope: Construct, id: string, props: OriginSecretProps) {
    super(scope, id);
    const { version = 1 } = props;
    const name = EcobeatStack.of(this).resourceName("origin");
    if (!Number.isInteger(version) || version < 1) {
      throw new ConstructError("origin-secret-version-invalid", {
        what: `The secret "${name}" has the version ${version}.`,
        why: "Versions are whole numbers from 1.",
        action: "Use the previous version plus one.",
      });
    }
    const toName = (each: number) => `${name}-${each}`;
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    const toReference = (each: number) => `{{resolve:secretsmanager:${toName(each)}:SecretString}}`;
    this.stack = new CloudformationStack(this, "secret", {
      name,
      templateBody: toTemplate(`Secret${version}`, {
        Type: "AWS::SecretsManager::Secret",
        // The web ACL accepts it for one more version, when this template no longer contains it.
        DeletionPolicy: "Retain",
        Properties: {
          Name: toName(version),
          Description: "Origin verify header of CloudFront, for the web ACL of the API",
          KmsKeyId: props.encryptionKey.arn,
          GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
        },
      }),
      lifecycle: { preventDestroy: true },
    });
    this.reference = toReference(version);
    this.acceptedReferences = [version, ...(version > 1 ? [version - 1] : [])].map(toReference);
  }
}

/** A CloudFormation template of one resource, whose output `arn` is one of its attributes. */
const toTemplate = (id: string, resource: object, arnAttribute?: string): string =>
  JSON.stringify({
    Resources: { [id]: resource },
    ...(arnAttribute && { Outputs: { arn: { Value: { "Fn::GetAtt": [id, arnAttribute] } } } }),
  });

const getArn = (stack: CloudformationStack): string => `\${${stack.fqn}.outputs.arn}`;

export interface OriginVerifyRuleProps {
  readonly secret: OriginSecret;
}

/**
 * A rule group of one rule: blocks requests without the origin verify header. Billed by the month.
 *
 * @example new OriginVerifyRule(this, "origin-verify-rule", { secret }).rule;
 */
export class OriginVerifyRule extends Construct {
  readonly rule: WebAclRule;

  constructor(scope: Construct, id: string, { secret }: OriginVerifyRuleProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName("origin-verify-rule");
    const VisibilityConfig = { MetricName: name, CloudWatchMetricsEnabled: true, SampledRequestsEnabled: false };
    const rule = {
      Name: "origin-verify",
      Priority: 0,
      Action: { Block: {} },
      Statement: { NotStatement: { Statement: matchesAny(secret.acceptedReferences) } },
      VisibilityConfig,
    };
    const group = {
      Type: "AWS::WAFv2::RuleGroup",
      // One exact match uses 2 WCUs, and there are at most two. The capacity of a group is fixed.
      Properties: { Name: name, Scope: "REGIONAL", Capacity: 10, VisibilityConfig, Rules: [rule] },
    };
    const stack = new CloudformationStack(this, "group", {
      name,
      templateBody: toTemplate("Group", group, "Arn"),
      dependsOn: [secret.stack],
    });
    this.rule = { name: "origin-verify", statement: { rule_group_reference_statement: { arn: getArn(stack) } } };
  }
}

/** An OrStatement needs at least two statements. */
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
   * A provider without tags. CloudFormation passes a stack's tags on, and CloudFront rejects tags when it creates a function:
   * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2508
   */
  readonly provider: AwsProvider;
}

/**
 * A CloudFront function that sets the origin verify header on each request, and overwrites the viewer's. Billed by the request.
 *
 * @example new OriginVerifyHeader(this, "origin-verify-header", { secret, provider: this.addUntaggedProvider() });
 */
export class OriginVerifyHeader extends Construct {
  readonly functionArn: string;

  constructor(scope: Construct, id: string, { secret, provider }: OriginVerifyHeaderProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName("origin-verify-header");
    const stack = new CloudformationStack(this, "function", {
      provider,
      name,
      templateBody: toTemplate(
        "Function",
        {
          Type: "AWS::CloudFront::Function",
          Properties: {
            Name: EcobeatStack.of(this).toGlobalName(name),
            AutoPublish: true,
            FunctionConfig: { Comment: "Sets the origin verify header", Runtime: "cloudfront-js-2.0" },
            FunctionCode: toFunctionCode(secret.reference),
          },
        },
        "FunctionARN",
      ),
    });
    this.functionArn = getArn(stack);
  }
}

const toFunctionCode = (value: string): string =>
  [
    "function handler(event) {",
    `  event.request.headers["${originVerifyHeaderName}"] = { value: "${value}" };`,
    "  return event.request;",
    "}",
  ].join("\n");
