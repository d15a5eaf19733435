import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription/index.js";
import { Construct } from "constructs";
import { productName } from "../../../service/company.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AlertRecipients } from "../../environments.ts";
import { ticketTopicSuffix } from "../../names.ts";
import { EncryptionKey } from "../identity/encryption-key.ts";
import { denyInsecureTransport } from "../identity/insecure-transport.ts";
import { accountPrincipal } from "../identity/key-administration.ts";
import { type PolicyConditions, type PolicyStatement, policyDocument } from "../identity/policy-document.ts";

/**
 * Whom an alarm notifies. A `page` wakes the on-call engineer: users are failing now, or data or accounts are at risk within hours.
 * A `ticket` is read in the morning: everything else, such as causes, because a cause that users notice also spends the error budget.
 */
export type AlarmPriority = "page" | "ticket";

export interface AlertTopicProps {
  /** Name of the topic for pages and of the key. That of tickets ends with `-tickets`. */
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
 * The SNS topics for the alarms of one region: one for pages, with e-mail and webhook subscriptions, and one for tickets, by e-mail
 * alone. Without an e-mail address, tickets go to the webhook too, because no one would get them otherwise. Budgets and roles publish
 * tickets.
 *
 * An alarm can only notify a topic of its own region. A customer managed key encrypts the messages, because CloudWatch has no
 * access to the AWS managed one: https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
 *
 * Only alarms, budgets and roles of the account may publish, and only over TLS. EventBridge may not: to reach an encrypted topic,
 * its statements in the policies of topic and key must have no condition on the source, so that any account could publish:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 *
 * Costs about $1.1 a month idle. That is the key of both; the messages are within the free tier.
 *
 * @example new AlertTopic(this, "alerts", { name: this.resourceName("alerts") });
 */
export class AlertTopic extends Construct {
  /** ARNs of the topics. */
  readonly arns: Readonly<Record<AlarmPriority, string>>;
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
    const toSubscriptions = (webhookUrl: string | undefined): Subscription[] => [
      ...alerts.emails.map((endpoint) => ({ protocol: "email", endpoint })),
      ...(webhookUrl === undefined ? [] : [{ protocol: "https", endpoint: webhookUrl }]),
    ];
    const [forPages, forTickets] = [alerts.webhookUrl, getTicketWebhook(alerts)].map(toSubscriptions);
    this.arns = {
      page: this.#addTopic(this, name, publishers, forPages!),
      ticket: this.#addTopic(new Construct(this, "tickets"), `${name}${ticketTopicSuffix}`, publishers, forTickets!),
    };
  }

  #addTopic(scope: Construct, name: string, publishers: readonly Publisher[], subscriptions: readonly Subscription[]) {
    const { provider } = this;
    const regional = provider && { provider };
    const { arn } = new SnsTopic(scope, "topic", {
      ...regional,
      name,
      displayName: `${productName} alerts`,
      kmsMasterKeyId: this.keyArn,
      // SHA-256, with which webhooks verify that SNS sent a message.
      signatureVersion: 2,
    });
    new SnsTopicPolicy(scope, "policy", {
      ...regional,
      arn,
      policy: policyDocument(
        ...publishers.map((statement) => ({ ...statement, actions: ["sns:Publish"], resources: [arn] })),
        denyInsecureTransport("sns:Publish", arn),
      ),
    });
    subscriptions.forEach((subscription, number) => {
      new SnsTopicSubscription(scope, `subscription-${number}`, { ...regional, topicArn: arn, ...subscription });
    });
    return arn;
  }
}

interface Subscription {
  readonly protocol: string;
  readonly endpoint: string;
}

type Publisher = ReturnType<typeof publisher>;

/** The webhook that gets tickets: only if no one else does. */
export const getTicketWebhook = ({ emails, webhookUrl }: AlertRecipients): string | undefined =>
  emails.length === 0 ? webhookUrl : undefined;

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

/** Permissions of a role that publishes tickets to a topic with `roles`. */
export const allowPublishing = ({ arns, keyArn, region }: AlertTopic): PolicyStatement[] => [
  { sid: "PublishAlerts", actions: ["sns:Publish"], resources: [arns.ticket] },
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
