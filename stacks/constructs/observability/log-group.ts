import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { LogMasking } from "./log-masking.ts";

export interface LogGroupProps {
  readonly name: string;
  /** Days for which events are kept; one of the values that CloudWatch Logs knows. */
  readonly retentionDays: number;
  readonly encryptionKey: EncryptionKey;
  /**
   * What of all that could tell of a person or open a door is shown in the log nevertheless: IP addresses, where they are
   * those of our servers or of attackers; or everything, where machines alone write and nothing of people.
   *
   * @default nothing
   */
  readonly shows?: "ip-addresses" | "everything";
  /** @default the stack's own provider, and its region */
  readonly provider?: AwsProvider;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const allowedRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/**
 * A CloudWatch log group that forgets, is encrypted, and masks what nobody should read in it. Billed by the gigabyte taken
 * in, looked through and kept.
 */
export class LogGroup extends Construct {
  readonly resource: CloudwatchLogGroup;
  readonly name: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: LogGroupProps) {
    super(scope, id);
    if (!allowedRetentionDays.includes(props.retentionDays)) {
      throw new Error(
        `The log group "${props.name}" is to keep events for ${props.retentionDays} days. CloudWatch Logs knows only ` +
          `certain periods. Choose one of ${allowedRetentionDays.join(", ")} days.`,
      );
    }
    this.resource = new CloudwatchLogGroup(this, "group", {
      ...(props.provider && { provider: props.provider }),
      name: props.name,
      retentionInDays: props.retentionDays,
      kmsKeyId: props.encryptionKey.arn,
    });
    if (props.shows !== "everything") {
      new LogMasking(this, "masking", {
        group: this.resource,
        ipAddresses: props.shows === undefined,
        ...(props.provider && { provider: props.provider }),
      });
    }
    this.name = this.resource.name;
    this.arn = this.resource.arn;
  }
}
