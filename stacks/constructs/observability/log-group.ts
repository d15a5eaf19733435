import { CloudwatchLogDataProtectionPolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-data-protection-policy/index.js";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { CloudwatchLogResourcePolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-resource-policy/index.js";
import { Construct } from "constructs";
import { shortestRefreshToken } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { LogRetentionDays } from "../../environments.ts";
import { policyDocument } from "../identity/policy-document.ts";

export interface LogGroupProps {
  readonly name: string;
  /** @default that of the environment */
  readonly retentionDays?: LogRetentionDays;
  /**
   * Personal data and secrets that the log shows: IP addresses, if they are those of our servers or of attackers; or
   * everything, if only machines write it and it contains neither.
   *
   * @default nothing
   */
  readonly unmasked?: "ip-addresses" | "everything";
}

/**
 * An encrypted CloudWatch log group with a retention and data protection. It is in the region of the stack's key for logs.
 *
 * Billed by the gigabyte ingested, scanned and stored.
 *
 * @example new LogGroup(this, "log", { name: `/aws/lambda/${name}`, unmasked: "ip-addresses" });
 */
export class LogGroup extends Construct {
  readonly resource: CloudwatchLogGroup;
  readonly name: string;
  readonly arn: string;
  readonly region: string;

  constructor(scope: Construct, id: string, props: LogGroupProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { encryptionKey } = stack.logs;
    const { retentionDays = stack.logs.retentionDays } = props;
    const { provider } = encryptionKey;
    this.resource = new CloudwatchLogGroup(this, "group", {
      ...(provider && { provider }),
      name: props.name,
      retentionInDays: retentionDays,
      kmsKeyId: encryptionKey.arn,
    });
    if (props.unmasked !== "everything") {
      new LogMasking(this, "masking", this.resource, props.unmasked === undefined);
    }
    this.name = this.resource.name;
    this.arn = this.resource.arn;
    this.region = provider?.region ?? stack.region;
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html */
const managed = [
  "EmailAddress",
  "Address",
  "AwsSecretKey",
  "OpenSshPrivateKey",
  "PgpPrivateKey",
  "PkcsPrivateKey",
  "PuttyPrivateKey",
];

/**
 * Custom data identifiers. A pattern has at most 200 characters, and no parentheses:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-custom-data-identifiers.html
 */
export const customPatterns: Readonly<Record<string, string>> = {
  // Header and payload are JSON objects, which begin with `eyJ` in base64. The signature may be truncated.
  JsonWebToken: String.raw`eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.?[\w-]*`,
  RefreshToken: String.raw`[\w-]{${shortestRefreshToken},}`,
};

/**
 * Masks e-mail and postal addresses, keys and tokens in a log group. The service does not log them; this covers its bugs. Only
 * principals with `logs:Unmask` see them.
 */
class LogMasking extends Construct {
  constructor(scope: Construct, id: string, group: CloudwatchLogGroup, masksAddresses: boolean) {
    super(scope, id);
    const { provider } = group;
    const identifiers = [
      ...[...managed, ...(masksAddresses ? ["IpAddress"] : [])].map(
        (name) => `arn:aws:dataprotection::aws:data-identifier/${name}`,
      ),
      ...Object.keys(customPatterns),
    ];
    new CloudwatchLogDataProtectionPolicy(this, "policy", {
      ...(provider && { provider }),
      logGroupName: group.name,
      policyDocument: JSON.stringify({
        Name: "masking",
        Version: "2021-06-01",
        Configuration: {
          CustomDataIdentifier: Object.entries(customPatterns).map(([Name, Regex]) => ({ Name, Regex })),
        },
        // CloudWatch requires an audit and a masking statement with the same identifiers.
        Statement: [
          { Sid: "Find", DataIdentifier: identifiers, Operation: { Audit: { FindingsDestination: {} } } },
          { Sid: "Mask", DataIdentifier: identifiers, Operation: { Deidentify: { MaskConfig: {} } } },
        ],
      }),
    });
  }
}

/**
 * Lets AWS services that use CloudWatch's log delivery write to a log group, for our account only. Without it AWS would create
 * such a policy itself.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
 */
export function addLogDeliveryPolicy(
  scope: Construct,
  id: string,
  log: LogGroup,
  policyName = log.name,
): CloudwatchLogResourcePolicy {
  const { accountId } = EcobeatStack.of(log);
  const { provider } = log.resource;
  return new CloudwatchLogResourcePolicy(scope, id, {
    ...(provider && { provider }),
    policyName,
    policyDocument: policyDocument({
      sid: "Write",
      principals: { Service: "delivery.logs.amazonaws.com" },
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [`${log.arn}:log-stream:*`],
      conditions: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": `arn:aws:logs:${log.region}:${accountId}:*` },
      },
    }),
  });
}
