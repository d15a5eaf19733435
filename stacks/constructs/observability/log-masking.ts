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
 * What CloudWatch does not know by itself. A pattern has 200 characters at most, and no parentheses:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-custom-data-identifiers.html
 */
export const customPatterns: Readonly<Record<string, string>> = {
  // Header and payload are JSON objects, which in base64 begin with `eyJ`. The signature may be cut off.
  JsonWebToken: String.raw`eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.?[\w-]*`,
  // 80 bytes in base64, as `service/auth/refresh-tokens.ts` makes them. No other word of a log is as long.
  RefreshToken: String.raw`[\w-]{107,}`,
};

/**
 * Has CloudWatch show asterisks in place of e-mail and postal addresses, keys and tokens, in whatever was written to a log
 * group. The service leaves them out itself; this is for the day when it does not. Who has `logs:Unmask` sees them still.
 *
 * ```ts
 * new LogMasking(this, "masking", {
 *   group: logGroup, ipAddresses: true,
 * });
 * ```
 *
 * Billed by the gigabyte that is looked through.
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
        // CloudWatch demands both statements, with the same identifiers: one that finds, and one that masks.
        Statement: [
          { Sid: "Find", DataIdentifier: identifiers, Operation: { Audit: { FindingsDestination: {} } } },
          { Sid: "Mask", DataIdentifier: identifiers, Operation: { Deidentify: { MaskConfig: {} } } },
        ],
      }),
    });
  }
}
