import { ConstructError } from "../../errors.ts";

/** Who is notified of alarms and alerts: at least one e-mail address or webhook. */
export interface AlertRecipients {
  /** E-mail addresses. Amazon SNS sends each a request to confirm the subscription, and nothing before that. */
  readonly emails: readonly string[];
  /**
   * An https URL that accepts messages of Amazon SNS and of Atlas, such as that of an on-call service. Plans and state
   * contain it, so it must not be a secret.
   *
   * @default e-mail only
   */
  readonly webhookUrl?: string;
}

/**
 * @param topic name of the topic, for the message
 * @throws {ConstructError} if there is no recipient, or one is unreachable, unencrypted, or contains credentials
 */
export function checkRecipients(topic: string, { emails, webhookUrl }: AlertRecipients): void {
  if (emails.length === 0 && webhookUrl === undefined) {
    throw new ConstructError("alert-recipients-missing", {
      what: `The alerts of "${topic}" have no recipient.`,
      why: "No one would notice an alarm.",
      action: "Add at least one e-mail address or a webhook to `alerts` of the environment.",
    });
  }
  const invalid = emails.find((email) => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email));
  if (invalid !== undefined) {
    throw new ConstructError("alert-email-invalid", {
      what: `The alerts of "${topic}" have the recipient "${invalid}".`,
      why: "That is not an e-mail address.",
      action: "Write it as name@example.com.",
    });
  }
  if (webhookUrl === undefined) return;
  const url = URL.parse(webhookUrl);
  if (url?.protocol !== "https:") {
    throw new ConstructError("alert-webhook-not-https", {
      what: `The alerts of "${topic}" have the webhook "${webhookUrl}".`,
      why: "Alerts describe weaknesses, so they are only sent over https.",
      action: "Write it as https://alerts.example.com/path.",
    });
  }
  if (url.username || url.password) {
    throw new ConstructError("alert-webhook-with-credentials", {
      what: `The webhook for the alerts of "${topic}" has credentials in its URL.`,
      why: "Every plan and the state would contain them.",
      action: "Remove them, and have the webhook verify the signature of SNS messages instead.",
    });
  }
}
