import { CloudwatchLogResourcePolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-resource-policy/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Wafv2WebAcl } from "@cdktf/provider-aws/lib/wafv2-web-acl/index.js";
import { Wafv2WebAclLoggingConfiguration } from "@cdktf/provider-aws/lib/wafv2-web-acl-logging-configuration/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import { logDeliveryPolicy } from "./log-delivery-policy.ts";
import { LogGroup } from "./log-group.ts";
import { originSecretHeader } from "./origin-secret.ts";
import { type Refusal, refusalBodies } from "./web-acl-refusals.ts";
import type { WebAclRule } from "./web-acl-rules.ts";

export interface WebAclProps {
  readonly name: string;
  /** Where it stands: before an API in its region, or before a distribution, which wants all of it in us-east-1. */
  readonly scope: "REGIONAL" | "CLOUDFRONT";
  /** In the order in which they are asked; the first that refuses decides. */
  readonly rules: readonly WebAclRule[];
  readonly accountId: string;
  readonly region: string;
  readonly logRetentionDays: number;
  readonly logEncryptionKey: EncryptionKey;
  /** @default the stack's own provider, and its region */
  readonly provider?: AwsProvider;
}

/** Headers that hold secrets, which the log must not. */
const secretHeaders = ["authorization", "cookie", "x-api-key", originSecretHeader];

/**
 * A WAF that lets through what no rule refuses, and logs what a rule refused or counted. The log holds addresses, as
 * whoever attacks is known by nothing else, and no secret. Billed by the month, by rule and by request.
 */
export class WebAcl extends Construct {
  readonly resource: Wafv2WebAcl;

  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    this.resource = new Wafv2WebAcl(this, "acl", {
      ...(props.provider && { provider: props.provider }),
      name: props.name,
      scope: props.scope,
      defaultAction: { allow: {} },
      visibilityConfig: visibility(props.name),
      dataProtectionConfig: {
        // What a rule matched is logged beside the redacted fields: parts of a password, when it looks like an attack.
        // https://docs.aws.amazon.com/waf/latest/developerguide/data-protection-exceptions.html
        dataProtection: [{ fieldType: "BODY" }, { fieldType: "SINGLE_HEADER", fieldKeys: secretHeaders }].map(
          (field) => ({ field, action: "SUBSTITUTION", excludeRuleMatchDetails: false }),
        ),
      },
      ...(props.rules.some(({ refusal }) => refusal) && { customResponseBody: refusalBodies }),
      rule: props.rules.map(({ name, refusal, statement }, priority) => ({
        name,
        priority,
        ...(refusal ? { action: { block: blocking(refusal) } } : { overrideAction: { none: {} } }),
        statement,
        visibilityConfig: visibility(name),
      })),
    });
    this.#addLog(props);
  }

  #addLog(props: WebAclProps): void {
    const { accountId, region } = props;
    const placed = props.provider && { provider: props.provider };
    const log = new LogGroup(this, "log", {
      // AWS WAF writes to no group of another name.
      name: `aws-waf-logs-${props.name}`,
      retentionDays: props.logRetentionDays,
      encryptionKey: props.logEncryptionKey,
      ...placed,
    });
    const delivery = new CloudwatchLogResourcePolicy(this, "log-delivery", {
      ...placed,
      policyName: log.name,
      policyDocument: logDeliveryPolicy({ log, region, accountId }),
    });
    new Wafv2WebAclLoggingConfiguration(this, "logging", {
      ...placed,
      resourceArn: this.resource.arn,
      logDestinationConfigs: [log.arn],
      redactedFields: secretHeaders.map((name) => ({ singleHeader: { name } })),
      loggingFilter: {
        defaultBehavior: "DROP",
        filter: [
          {
            behavior: "KEEP",
            requirement: "MEETS_ANY",
            condition: ["BLOCK", "COUNT", "EXCLUDED_AS_COUNT"].map((action) => ({
              actionCondition: { action },
            })),
          },
        ],
      },
      dependsOn: [delivery],
    });
  }
}

const blocking = ({ status, bodyKey, headers }: Refusal) => ({
  customResponse: {
    responseCode: status,
    customResponseBodyKey: bodyKey,
    responseHeader: headers.map((header) => ({ ...header })),
  },
});

const visibility = (metricName: string) => ({
  metricName,
  cloudwatchMetricsEnabled: true,
  // Samples would hold the headers of requests: access tokens among them.
  sampledRequestsEnabled: false,
});
