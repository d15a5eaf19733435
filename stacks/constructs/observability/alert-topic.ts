import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { EncryptionKey } from "../identity/encryption-key.ts";
import { type PolicyConditions, policyDocument } from "../identity/policy-document.ts";
import { checkRecipients } from "./alert-recipients.ts";

export interface AlertTopicProps {
  /** Name of the topic and of its key. */
  readonly name: string;
  /**
   * Whether AWS Budgets may publish too.
   *
   * @default only alarms may
   */
  readonly budgets?: boolean;
  /** @default the stack's own provider, and its region */
  readonly provider?: AwsProvider;
}

/**
 * Where alarms of one region go, and from there to people: an SNS topic with e-mail and webhook subscriptions.
 *
 * ```ts
 * new AlertTopic(this, "alerts", {
 *   name: this.resourceName("alerts"),
 * });
 * ```
 *
 * An alarm can only tell a topic of its own region. Messages are encrypted with a key of ours, as CloudWatch may not use AWS's:
 * https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
 *
 * Only alarms and budgets of the own account may publish, and only over TLS.
 *
 * Costs about $1 a month idle. That is the key: what alarms publish is within the free tier.
 */
export class AlertTopic extends Construct {
  readonly topic: SnsTopic;
  readonly arn: string;
  readonly region: string;
  /** The provider of that region, where that is not the stack's own. */
  readonly provider: AwsProvider | undefined;

  constructor(scope: Construct, id: string, props: AlertTopicProps) {
    super(scope, id);
    const { name, provider, budgets = false } = props;
    const stack = EcobeatStack.of(this);
    const { accountId } = stack;
    const receivers = stack.environment.alerts;
    checkRecipients(name, receivers);
    const region = provider?.region ?? stack.region;
    this.region = region;
    this.provider = provider;
    const placed = provider && { provider };
    const publishers = [
      publisher("Alarms", "cloudwatch", accountId, `arn:aws:cloudwatch:${region}:${accountId}:alarm:*`),
      // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
      ...(budgets ? [publisher("Budgets", "budgets", accountId, `arn:aws:budgets::${accountId}:*`)] : []),
    ];

    const key = new EncryptionKey(this, "key", {
      name,
      description: "Encrypts alerts",
      // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
      users: publishers.map((statement) => ({
        ...statement,
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        // In a key policy: the key itself.
        resources: ["*"],
      })),
      ...placed,
    });
    this.topic = new SnsTopic(this, "topic", {
      ...placed,
      name,
      displayName: "Ecobeat alerts",
      kmsMasterKeyId: key.arn,
      // By SHA-256: webhooks know by it that a message is from SNS.
      signatureVersion: 2,
    });
    this.arn = this.topic.arn;
    new SnsTopicPolicy(this, "policy", {
      ...placed,
      arn: this.arn,
      policy: policyDocument(
        ...publishers.map((statement) => ({
          ...statement,
          actions: ["sns:Publish"],
          resources: [this.arn],
        })),
        {
          sid: "DenyInsecureTransport",
          effect: "Deny",
          principals: { AWS: "*" },
          actions: ["sns:Publish"],
          resources: [this.arn],
          conditions: { Bool: { "aws:SecureTransport": "false" } },
        },
      ),
    });
    const subscriptions = [
      ...receivers.emails.map((endpoint) => ({ protocol: "email", endpoint })),
      ...(receivers.webhookUrl === undefined ? [] : [{ protocol: "https", endpoint: receivers.webhookUrl }]),
    ];
    subscriptions.forEach((subscription, number) => {
      new SnsTopicSubscription(this, `subscription-${number}`, {
        ...placed,
        topicArn: this.arn,
        ...subscription,
      });
    });
  }
}

/** The part of a statement that says which service publishes, and on behalf of what. */
function publisher(sid: string, service: string, accountId: string, sourceArn: string) {
  const conditions: PolicyConditions = {
    StringEquals: { "aws:SourceAccount": accountId },
    ArnLike: { "aws:SourceArn": sourceArn },
  };
  return { sid, principals: { Service: `${service}.amazonaws.com` }, conditions };
}
