import { CloudwatchLogDataProtectionPolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-data-protection-policy/index.js";
import type { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { Construct } from "constructs";

export interface LogMaskingProps {
  readonly group: CloudwatchLogGroup;
  /** Whether IP addresses are masked too. */
  readonly ipAddresses: boolean;
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
  // 80 bytes in base64, as `service/auth/refresh-tokens.ts` makes them. No other word in a log is as long.
  RefreshToken: String.raw`[\w-]{107,}`,
};

/**
 * Masks e-mail and postal addresses, keys and tokens in a log group. The service does not log them; this covers its bugs. Only
 * principals with `logs:Unmask` see them.
 *
 * Billed by the gigabyte scanned.
 *
 * @example new LogMasking(this, "masking", { group: logGroup, ipAddresses: true });
 */
export class LogMasking extends Construct {
  constructor(scope: Construct, id: string, props: LogMaskingProps) {
    super(scope, id);
    const { provider } = props.group;
    const identifiers = [
      ...[...managed, ...(props.ipAddresses ? ["IpAddress"] : [])].map(
        (name) => `arn:aws:dataprotection::aws:data-identifier/${name}`,
      ),
      ...Object.keys(customPatterns),
    ];
    new CloudwatchLogDataProtectionPolicy(this, "policy", {
      ...(provider && { provider }),
      logGroupName: props.group.name,
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
