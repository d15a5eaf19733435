import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy/index.js";
import { Construct } from "constructs";
import { alarmShare, mailQuotas } from "../../../scripts/capacity/contract.ts";
import { variables } from "../../../service/contract.ts";
import type { MailSenderVariables } from "../../../service/settings.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { Environment } from "../../environments.ts";
import { mailConfigurationSet, mailQueueName, mailSenderFunction, toMailFrom } from "../../names.ts";
import { addArchiveFunction, type FunctionArchive } from "../functions/archive-function.ts";
import { DeadLetterQueue } from "../functions/dead-letter-queue.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { denyInsecureTransport } from "../identity/insecure-transport.ts";
import { type PolicyStatement, policyDocument } from "../identity/policy-document.ts";
import { Alarm, type AlarmProps } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import { getServiceMetric } from "../observability/service-metrics.ts";
import { getQueueMetric } from "./mail-metrics.ts";

export interface MailDeliveryProps {
  readonly archive: FunctionArchive;
  /** Encrypts both queues; its policy must let the account use it through SQS. */
  readonly encryptionKey: EncryptionKey;
  readonly alertTopic: AlertTopic;
}

/** The fewest that SQS accepts as a maximum: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const concurrentSenders = 2;

/** Of each execution environment. The rest of SES's rate is for other senders in the account. */
const mailsPerSecond = Math.floor((alarmShare * mailQuotas.perSecond) / concurrentSenders);

/** Longer than the sender takes for a batch, in which each call of SES ends by its own time limit. */
const timeoutSeconds = 30;

/** As AWS recommends for a queue that Lambda polls: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const visibilitySeconds = 6 * timeoutSeconds;

/** Attempts, the last of them 27 minutes after the first: longer than a link of a password reset is valid. */
const maxReceiveCount = 10;

/** The longest validity of a link. SQS drops what waited for longer, and no one needs it any more. */
const retentionSeconds = 24 * 60 * 60;

/** A third of the time that a link of a reset is valid. */
const delaySeconds = 300;

/**
 * The path of a mail from the API's functions to SES: a queue, the function that sends, and a dead-letter queue for what could not be
 * sent.
 *
 * The sender is outside of the VPC, where it reaches SES without an endpoint. It has no alias, and runs the latest deployed version.
 * Billed by the request, memory and time, and by the month for a few metrics.
 *
 * @example
 * new MailDelivery(this, "mails", { archive, encryptionKey: foundation.dataKey, alertTopic: foundation.alertTopic });
 */
export class MailDelivery extends Construct {
  constructor(scope: Construct, id: string, props: MailDeliveryProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { environment } = stack;
    const queue = this.#addQueue(mailQueueName(environment.name), props);
    const { lambda } = addArchiveFunction(new Construct(this, "sender"), {
      name: stack.resourceName(mailSenderFunction),
      description: "Sends the mails of the queue",
      archive: props.archive,
      handler: "index.sendMails",
      memoryMb: 512,
      timeoutSeconds,
      reservedConcurrency: concurrentSenders,
      environmentVariables: toSenderVariables(environment),
      permissions: [...allowReceiving(stack, queue, props.encryptionKey), allowSending(stack)],
    });
    new LambdaEventSourceMapping(this, "source", {
      eventSourceArn: queue.arn,
      functionName: lambda.functionName,
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      // Not above the reserved concurrency: a batch that Lambda throttles counts as a failed attempt.
      scalingConfig: { maximumConcurrency: concurrentSenders },
    });
    this.#addAlarms(props.alertTopic);
  }

  #addQueue(name: string, { encryptionKey, alertTopic }: MailDeliveryProps): SqsQueue {
    const { queue: deadLetters } = new DeadLetterQueue(this, "failures", {
      name: `${name}-failed`,
      summary: `The dead-letter queue ${name}-failed contains a mail, which could not be sent in ${maxReceiveCount} attempts.`,
      runbook: "accounts",
      encryptionKey,
      alertTopic,
    });
    const queue = new SqsQueue(this, "queue", {
      name,
      messageRetentionSeconds: retentionSeconds,
      visibilityTimeoutSeconds: visibilitySeconds,
      kmsMasterKeyId: encryptionKey.arn,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount }),
    });
    new SqsQueuePolicy(this, "policy", {
      queueUrl: queue.url,
      policy: policyDocument(denyInsecureTransport("sqs:*", queue.arn)),
    });
    return queue;
  }

  #addAlarms(topic: AlertTopic): void {
    const stack = EcobeatStack.of(this);
    const add = (kind: string, props: Omit<AlarmProps, "name" | "runbook" | "topic">) =>
      new Alarm(this, kind, {
        name: stack.resourceName(`mails-${kind}`),
        // No one who forgot the password can log in, and the request says that all is well.
        priority: "page",
        runbook: "accounts",
        topic,
        ...props,
      });
    add("not-queued", {
      summary:
        "The functions cannot queue mails: SQS or its endpoint does not respond. Users wait for mails that never come.",
      metric: getServiceMetric("MailsNotQueued", "Sum"),
      threshold: 0,
      // A single call that failed is no page: the user asks again. An hour, as few users ask for mails at night, or of a new app.
      periodSeconds: 60,
      evaluationPeriods: 60,
      datapointsToAlarm: 3,
    });
    add("delayed", {
      summary: `Mails wait for more than ${delaySeconds / 60} minutes. Links of password resets expire before they arrive.`,
      metric: getQueueMetric(mailQueueName(stack.environment.name), "ApproximateAgeOfOldestMessage", "Maximum"),
      threshold: delaySeconds,
      // A single mail that fails again and again is no page, but ends in the dead-letter queue: at its fourth attempt, SQS leaves it out
      // of the metric, four minutes after the threshold.
      periodSeconds: 60,
      evaluationPeriods: 6,
    });
    add("expired", {
      summary:
        "Mails were not sent before their links expired: SES refuses them or does not respond. Their users wait in vain.",
      // A mail with a link of 15 minutes never gets to the dead-letter queue, and few mails do not keep the queue old.
      priority: "ticket",
      metric: getServiceMetric("MailsExpired", "Sum"),
      threshold: 0,
      periodSeconds: 300,
    });
  }
}

const toSenderVariables = (environment: Environment): MailSenderVariables => ({
  [variables.apiUrl]: `https://${environment.apiDomain}`,
  [variables.mailFrom]: toMailFrom(environment),
  [variables.mailConfigurationSet]: mailConfigurationSet(environment.name),
  [variables.mailsPerSecond]: `${mailsPerSecond}`,
  ...(environment.previews && { [variables.mailPreviews]: "on" }),
});

/** What Lambda does in the name of the function: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const allowReceiving = ({ region }: EcobeatStack, queue: SqsQueue, { arn }: EncryptionKey): PolicyStatement[] => [
  {
    sid: "ReceiveMails",
    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    resources: [queue.arn],
  },
  {
    sid: "DecryptMails",
    actions: ["kms:Decrypt"],
    resources: [arn],
    conditions: { StringEquals: { "kms:ViaService": `sqs.${region}.amazonaws.com` } },
  },
];

/**
 * SES authorizes a mail for its identity and for its configuration set:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
 */
const allowSending = ({ region, accountId, environment }: EcobeatStack): PolicyStatement => ({
  sid: "SendMails",
  actions: ["ses:SendEmail"],
  resources: [`identity/${environment.apiDomain}`, `configuration-set/${mailConfigurationSet(environment.name)}`].map(
    (resource) => `arn:aws:ses:${region}:${accountId}:${resource}`,
  ),
  conditions: { StringEquals: { "ses:FromAddress": toMailFrom(environment) } },
});
