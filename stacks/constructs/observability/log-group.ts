import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { LogRetentionDays } from "../../environments.ts";
import { LogMasking } from "./log-masking.ts";

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
 * @example new LogGroup(this, "log", { name: `/aws/lambda/${name}`, shows: "ip-addresses" });
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
      new LogMasking(this, "masking", { group: this.resource, ipAddresses: props.unmasked === undefined });
    }
    this.name = this.resource.name;
    this.arn = this.resource.arn;
    this.region = provider?.region ?? stack.region;
  }
}
