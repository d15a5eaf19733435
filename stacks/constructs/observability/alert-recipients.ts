/** Who is told when something is wrong: at least one address, of either kind. */
export interface AlertRecipients {
  /** E-mail addresses. Amazon SNS writes to each once and waits until its owner agrees. */
  readonly emails: readonly string[];
  /**
   * An https address that takes messages of Amazon SNS and of Atlas, such as that of an on-call service. It is seen in
   * plans and in state, so it must not be a secret itself.
   *
   * @default nothing but e-mail is sent
   */
  readonly webhookUrl?: string;
}

/**
 * @param of whose receivers they are, for the message
 * @throws when nobody would be told, or a receiver could not be reached or would be told in the clear
 */
export function checkRecipients(of: string, { emails, webhookUrl }: AlertRecipients): void {
  if (emails.length === 0 && webhookUrl === undefined) {
    throw new Error(
      `The alerts of "${of}" have no receiver. Whatever breaks, nobody would be told. ` +
        `Name at least one e-mail address or a webhook in the table of environments.`,
    );
  }
  for (const email of emails) {
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
      throw new Error(
        `The alerts of "${of}" are to go to "${email}". That is no e-mail address, so nobody would be told. ` +
          `Write it as name@example.com.`,
      );
    }
  }
  if (webhookUrl !== undefined) {
    checkWebhook(of, webhookUrl);
  }
}

function checkWebhook(of: string, webhookUrl: string): void {
  if (!URL.canParse(webhookUrl) || new URL(webhookUrl).protocol !== "https:") {
    throw new Error(
      `The alerts of "${of}" are to go to the webhook "${webhookUrl}". Alerts tell of weaknesses, so they are sent to ` +
        `https addresses alone. Write it as https://alerts.example.com/path.`,
    );
  }
  const { username, password } = new URL(webhookUrl);
  if (username || password) {
    throw new Error(
      `The webhook for the alerts of "${of}" has credentials in its address. They would stand in every plan and in the ` +
        `state. Have the receiver verify the signature of the message instead, and leave them out.`,
    );
  }
}
