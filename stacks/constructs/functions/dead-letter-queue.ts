import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { denyInsecureTransport } from "../identity/insecure-transport.ts";
import { type PolicyStatement, policyDocument } from "../identity/policy-document.ts";
import { Alarm, type Runbook } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";

export interface DeadLetterQueueProps {
  readonly name: string;
  /** What a message in it means. @default an invocation failed */
  readonly summary?: string;
  /** What to do with a message. @default "failed-events" */
  readonly runbook?: Runbook;
  /** Its policy must let the account use it through SQS. */
  readonly encryptionKey: EncryptionKey;
  /** Notified while the queue contains messages. */
  readonly alertTopic: AlertTopic;
}

/**
 * Keeps events that failed permanently, with the reason: as the dead-letter queue of a schedule or of another queue, and as the
 * on-failure destination of a function. Messages stay for 14 days, the maximum of SQS. An alarm fires until the queue is empty. Encrypted;
 * access requires TLS.
 *
 * Billed by the request, and by the month for one metric.
 *
 * @example
 * new DeadLetterQueue(this, "failures", { name: this.resourceName("dump-failures"), encryptionKey: dataKey, alertTopic });
 */
export class DeadLetterQueue extends Construct {
  readonly queue: SqsQueue;
  /** Permissions of the role in whose name AWS sends messages to the queue. */
  readonly sendPermissions: readonly PolicyStatement[];

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id);
    const { encryptionKey } = props;
    this.queue = new SqsQueue(this, "queue", {
      name: props.name,
      messageRetentionSeconds: 14 * 24 * 60 * 60,
      kmsMasterKeyId: encryptionKey.arn,
    });
    new SqsQueuePolicy(this, "policy", {
      queueUrl: this.queue.url,
      policy: policyDocument(denyInsecureTransport("sqs:*", this.queue.arn)),
    });
    new Alarm(this, "filled", {
      name: props.name,
      summary:
        props.summary ??
        `The dead-letter queue ${props.name} contains a message: an invocation failed after all retries.`,
      runbook: props.runbook ?? "failed-events",
      metric: {
        namespace: "AWS/SQS",
        name: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: props.name },
        statistic: "Maximum",
      },
      threshold: 0,
      periodSeconds: 300,
      topic: props.alertTopic,
    });
    this.sendPermissions = [
      { sid: "SendFailures", actions: ["sqs:SendMessage"], resources: [this.queue.arn] },
      {
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
        sid: "EncryptFailures",
        actions: ["kms:GenerateDataKey", "kms:Decrypt"],
        resources: [encryptionKey.arn],
        conditions: { StringEquals: { "kms:ViaService": `sqs.${EcobeatStack.of(this).region}.amazonaws.com` } },
      },
    ];
  }
}
