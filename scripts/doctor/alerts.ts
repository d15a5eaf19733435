import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NotFoundException, paginateListSubscriptionsByTopic, SNSClient } from "@aws-sdk/client-sns";
import { ticketTopicSuffix } from "../../stacks/names.ts";
import { toClientConfig } from "./aws.ts";
import { type Check, type Context, listOwnResources, type Outcome, toMissing } from "./check.ts";

/** Whether alarms reach people. */
export const alertChecks: readonly Check[] = [
  { name: "alert webhook", wanted: "a server that responds", run: checkWebhook },
  {
    name: "alert subscriptions",
    wanted: "each recipient confirmed",
    async run(context) {
      await context.requireAccount();
      const topics = listOwnResources(context, "aws_sns_topic");
      return Promise.all(topics.map(({ attributes, region }) => checkTopic(String(attributes.name), region, context)));
    },
  },
  {
    name: "mail domains",
    wanted: "a mail server (MX record)",
    async run(context) {
      const security = await readFile(join(context.folder, "SECURITY.md"), "utf8");
      const [mailbox] = /[\w.+-]+@[\w.-]+\w/.exec(security) ?? [];
      const addresses = [...context.environment.alerts.emails, ...(mailbox ? [mailbox] : [])];
      const domains = [...new Set(addresses.map((address) => address.slice(address.indexOf("@") + 1)))];
      return Promise.all(domains.map((domain) => checkMailDomain(domain, addresses, context)));
    },
  },
];

/**
 * SNS cannot subscribe an address where no server responds: https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html.
 * A webhook may reject HEAD, or a request that SNS did not sign, so that any response below 500 will do.
 */
async function checkWebhook({ environment }: Context, signal: AbortSignal): Promise<Outcome> {
  const { webhookUrl } = environment.alerts;
  if (!webhookUrl) return { state: "ok", found: "none configured", wanted: "none" };
  const action = `Correct \`webhookUrl\` in stacks/environments/${environment.name}.ts, or repair the server.`;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  try {
    const { status } = await fetch(webhookUrl, { method: "HEAD", redirect: "manual", signal: limit });
    return status < 500
      ? { state: "ok", found: `responds with ${status}` }
      : { state: "wrong", found: `responds with ${status}`, action };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    // These are about this machine.
    if (signal.aborted || ["EAI_AGAIN", "ENETUNREACH"].includes(cause?.code ?? "")) throw error;
    return { state: "wrong", found: cause?.message ?? message, action };
  }
}

/** SNS deletes unconfirmed subscriptions after some days, so that they can also be missing. */
async function checkTopic(topic: string, region: string, context: Context): Promise<Outcome> {
  const { accountId, alerts, name } = context.environment;
  const subject = topic.endsWith(ticketTopicSuffix) ? `${region}, tickets` : region;
  // A webhook gets tickets only if no address does.
  const isForWebhook = !topic.endsWith(ticketTopicSuffix) || alerts.emails.length === 0;
  const wanted = [...alerts.emails, ...(alerts.webhookUrl && isForWebhook ? [alerts.webhookUrl] : [])];
  const confirmed = new Set<string | undefined>();
  const pending = new Set<string | undefined>();
  const TopicArn = `arn:aws:sns:${region}:${accountId}:${topic}`;
  try {
    const pages = paginateListSubscriptionsByTopic({ client: new SNSClient(toClientConfig(region)) }, { TopicArn });
    for await (const { Subscriptions = [] } of pages) {
      for (const { Endpoint, SubscriptionArn } of Subscriptions) {
        (SubscriptionArn?.startsWith("arn:") ? confirmed : pending).add(Endpoint);
      }
    }
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
    return toMissing(context, { subject, found: `no topic ${topic}`, action: `Deploy the stacks of ${name}.` });
  }
  const unconfirmed = wanted.filter((each) => !confirmed.has(each));
  if (unconfirmed.length === 0) return { subject, state: "ok", found: `${wanted.length} confirmed` };
  const found = unconfirmed.map((each) => `${each} ${pending.has(each) ? "is not confirmed" : "is not subscribed"}`);
  return {
    subject,
    state: "wrong",
    found: found.join(", "),
    action:
      "Open the link in the mail from AWS Notifications, or let the webhook confirm. If a subscription is missing, deploy the " +
      "topic's stack again: it sends another request.",
  };
}

/** Without an MX record, mail would go to the host of that name, which for a web address accepts none. */
async function checkMailDomain(subject: string, addresses: readonly string[], { resolver }: Context): Promise<Outcome> {
  const records = await resolver.resolveMx(subject).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOTFOUND" || error.code === "ENODATA") return [];
    throw error;
  });
  const [server] = records.filter(({ exchange }) => exchange !== "");
  if (server) return { subject, state: "ok", found: server.exchange };
  const affected = addresses.filter((each) => each.endsWith(`@${subject}`)).join(", ");
  return { subject, state: "wrong", found: "none", action: `Set up mail for ${subject}. None reaches ${affected}.` };
}
