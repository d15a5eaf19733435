import { expect } from "chai";
import { AlertTopic } from "../../../../stacks/constructs/observability/alert-topic.ts";
import { staging } from "../../../../stacks/environments/staging.ts";
import type { AlertRecipients } from "../../../../stacks/environments.ts";
import { synthesizeConstructs } from "../../../support/construct-stack.ts";
import type { Attributes } from "../../../support/synthesize.ts";

const webhookUrl = "https://alerts.ecobeat.app/x";

/** The recipients of each topic, by the id of the topic. */
function getRecipients(alerts: AlertRecipients): Record<string, string[]> {
  const { resource } = synthesizeConstructs((stack) => new AlertTopic(stack, "alerts", { name: "x" }), {
    ...staging,
    alerts,
  });
  const subscriptions = Object.values<Attributes>(resource.aws_sns_topic_subscription ?? {});
  return Object.fromEntries(
    Object.entries<Attributes>(resource.aws_sns_topic!).map(([id, { name }]) => [
      name,
      subscriptions
        .filter(({ topic_arn }) => topic_arn === `\${aws_sns_topic.${id}.arn}`)
        .map(({ protocol, endpoint }) => `${protocol} ${endpoint}`),
    ]),
  );
}

describe("AlertTopic", () => {
  it("sends pages to the webhook and by e-mail, and tickets by e-mail alone", () => {
    expect(getRecipients({ emails: ["a@ecobeat.app"], webhookUrl })).to.deep.equal({
      x: ["email a@ecobeat.app", `https ${webhookUrl}`],
      "x-tickets": ["email a@ecobeat.app"],
    });
  });

  it("leaves no topic without recipients, if there is no address or no webhook", () => {
    expect(getRecipients({ emails: [], webhookUrl })).to.deep.equal({
      x: [`https ${webhookUrl}`],
      "x-tickets": [`https ${webhookUrl}`],
    });
    expect(getRecipients({ emails: ["a@ecobeat.app"] })).to.deep.equal({
      x: ["email a@ecobeat.app"],
      "x-tickets": ["email a@ecobeat.app"],
    });
  });
});
