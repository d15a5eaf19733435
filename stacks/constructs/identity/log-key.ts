import type { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { EncryptionKey, type EncryptionKeyProps } from "./encryption-key.ts";

/**
 * The key of a stack's logs. CloudWatch Logs may use it in the key's region:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 *
 * Costs about $1.1 a month idle.
 *
 * @example
 * this.logKey = new LogKey(this, "log-key", {
 *   name: this.resourceName("logs"), description: "Encrypts logs",
 * });
 */
export class LogKey extends EncryptionKey {
  constructor(scope: Construct, id: string, props: Omit<EncryptionKeyProps, "users">) {
    const stack = EcobeatStack.of(scope);
    const region = props.provider?.region ?? stack.region;
    super(scope, id, {
      ...props,
      users: [
        {
          sid: "CloudWatchLogs",
          principals: { Service: `logs.${region}.amazonaws.com` },
          actions: [
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:DescribeKey",
          ],
          conditions: {
            ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${stack.accountId}:log-group:*` },
          },
        },
      ],
    });
  }
}
