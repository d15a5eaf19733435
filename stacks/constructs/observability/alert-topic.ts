import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription/index.js";
import { Construct } from "constructs";
import { productName } from "../../../service/company.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { EncryptionKey } from "../identity/encryption-key.ts";
import { denyInsecureTransport } from "../identity/insecure-transport.ts";
import { accountPrincipal } from "../identity/key-administration.ts";
import { type PolicyConditions, type PolicyStatement, policyDocument } from "../identity/policy-document.ts";

export interface AlertTopicProps {
  /** Name of the topic and of its key. */
  readonly name: string;
  /**
   * Whether AWS Budgets may publish too.
   *
   * @default only alarms
   */
  readonly budgets?: boolean;
  /**
   * Whether roles of the account may use the key through SNS, as CodeDeploy's role does. Their own policies say which may publish.
   *
   * @default no role can publish
   */
  readonly roles?: boolean;
  /** @default the stack's own provider, and its region */
  readonly provider?: AwsProvider;
}

/**
 * An SNS topic with e-mail and webhook subscriptions, for the alarms of one region.
 *
 * An alarm can only notify a topic of its own region. A customer managed key encrypts the messages, because CloudWatch has no
 * access to the AWS managed one: https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
 *
 * Only alarms, budgets and roles of the account may publish, and only over TLS. EventBridge may not: to reach an encrypted topic,
 * its statements in the policies of topic and key must have no condition on the source, so that any account could publish:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 *
 * Costs about $1.1 a month idle. That is the key; the messages are within the free tier.
 *
 * @example new AlertTopic(this, "alerts", { name: this.resourceName("alerts") });
 */
export class AlertTopic extends Construct {
  readonly topic: SnsTopic;
  readonly arn: string;
  readonly keyArn: string;
  readonly region: string;
  /** The provider of that region, if it is not the stack's own. */
  readonly provider: AwsProvider | undefined;

  constructor(scope: Construct, id: string, props: AlertTopicProps) {
    super(scope, id);
    const { name, provider, budgets = false, roles = false } = props;
    const stack = EcobeatStack.of(this);
    const { accountId } = stack;
    const { alerts } = stack.environment;
    const region = provider?.region ?? stack.region;
    this.region = region;
    this.provider = provider;
    const regional = provider && { provider };
    const publishers = [
      publisher("Alarms", "cloudwatch", accountId, `arn:aws:cloudwatch:${region}:${accountId}:alarm:*`),
      // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
      ...(budgets ? [publisher("Budgets", "budgets", accountId, `arn:aws:budgets::${accountId}:*`)] : []),
    ];

    const key = new EncryptionKey(this, "key", {
      name,
      description: "Encrypts alerts",
      // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
      users: [...publishers, ...(roles ? [throughSns(accountId, region)] : [])].map((statement) => ({
        ...statement,
        actions: keyActions,
      })),
      ...regional,
    });
    this.keyArn = key.arn;
    this.topic = new SnsTopic(this, "topic", {
      ...regional,
      name,
      displayName: `${productName} alerts`,
      kmsMasterKeyId: key.arn,
      // SHA-256, with which webhooks verify that SNS sent a message.
      signatureVersion: 2,
    });
    this.arn = this.topic.arn;
    new SnsTopicPolicy(this, "policy", {
      ...regional,
      arn: this.arn,
      policy: policyDocument(
        ...publishers.map((statement) => ({ ...statement, actions: ["sns:Publish"], resources: [this.arn] })),
        denyInsecureTransport("sns:Publish", this.arn),
      ),
    });
    const subscriptions = [
      ...alerts.emails.map((endpoint) => ({ protocol: "email", endpoint })),
      ...(alerts.webhookUrl === undefined ? [] : [{ protocol: "https", endpoint: alerts.webhookUrl }]),
    ];
    subscriptions.forEach((subscription, number) => {
      new SnsTopicSubscription(this, `subscription-${number}`, { ...regional, topicArn: this.arn, ...subscription });
    });
  }
}

/** What a publisher needs of the key: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse */
const keyActions = ["kms:Decrypt", "kms:GenerateDataKey"];

const viaSns = (region: string): PolicyConditions => ({
  StringEquals: { "kms:ViaService": `sns.${region}.amazonaws.com` },
});

const throughSns = (accountId: string, region: string) => ({
  sid: "Roles",
  principals: accountPrincipal(accountId),
  conditions: viaSns(region),
});

/** Permissions of a role that publishes to a topic with `roles`. */
export const allowPublishing = ({ arn, keyArn, region }: AlertTopic): PolicyStatement[] => [
  { sid: "PublishAlerts", actions: ["sns:Publish"], resources: [arn] },
  { sid: "EncryptAlerts", actions: keyActions, resources: [keyArn], conditions: viaSns(region) },
];

/** The principal and conditions of a statement for a service that publishes. */
function publisher(sid: string, service: string, accountId: string, sourceArn: string) {
  const conditions: PolicyConditions = {
    StringEquals: { "aws:SourceAccount": accountId },
    ArnLike: { "aws:SourceArn": sourceArn },
  };
  return { sid, principals: { Service: `${service}.amazonaws.com` }, conditions };
}
