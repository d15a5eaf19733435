import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { LogMasking } from "./log-masking.ts";

export interface LogGroupProps {
  readonly name: string;
  /**
   * Days for which events are kept; one of the values that CloudWatch Logs knows.
   *
   * @default as long as all logs of the environment
   */
  readonly retentionDays?: number;
  /**
   * What of all that could tell of a person or open a door is shown in the log nevertheless: IP addresses, where they are
   * those of our servers or of attackers; or everything, where machines alone write and nothing of people.
   *
   * @default nothing
   */
  readonly unmasked?: "ip-addresses" | "everything";
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const allowedRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/**
 * A CloudWatch log group that forgets, is encrypted, and masks what nobody should read in it. It is in the region of the
 * stack's key for logs.
 *
 * ```ts
 * new LogGroup(this, "log", {
 *   name: `/aws/lambda/${name}`, shows: "ip-addresses",
 * });
 * ```
 *
 * Billed by the gigabyte taken in, looked through and kept.
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
    if (!allowedRetentionDays.includes(retentionDays)) {
      throw new Error(
        `The log group "${props.name}" is to keep events for ${retentionDays} days. CloudWatch Logs knows only ` +
          `certain periods. Choose one of ${allowedRetentionDays.join(", ")} days.`,
      );
    }
    this.resource = new CloudwatchLogGroup(this, "group", {
      ...(provider && { provider }),
      name: props.name,
      retentionInDays: retentionDays,
      kmsKeyId: encryptionKey.arn,
    });
    if (props.unmasked !== "everything") {
      new LogMasking(this, "masking", { group: this.resource, ipAddresses: props.unmasked === undefined });
    }
    this.name = this.resource.name;
    this.arn = this.resource.arn;
    this.region = provider?.region ?? stack.region;
  }
}
