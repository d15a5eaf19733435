import { expect } from "chai";
import { checkRecipients } from "../../../../stacks/constructs/observability/alert-topic.ts";
import { staging } from "../../../../stacks/environments/staging.ts";
import type { AlertRecipients } from "../../../../stacks/environments.ts";
import { expectCode } from "../../../support/errors.ts";
import { synthesize } from "../../../support/synthesize.ts";

const emails = ["platform@ecobeat.app"];

const rejected: Readonly<Record<string, readonly AlertRecipients[]>> = {
  "alert-recipients-missing": [{ emails: [] }],
  "alert-email-invalid": ["", "platform", "platform@ecobeat", "a b@ecobeat.app"].map((email) => ({
    emails: [...emails, email],
  })),
  "alert-webhook-not-https": ["http://alerts.example.com", "alerts.example.com", "", "mailto:a@b.c"].map(
    (webhookUrl) => ({ emails, webhookUrl }),
  ),
  "alert-webhook-with-credentials": ["hunter2", "hunter2:hunter2", ":hunter2"].map((credentials) => ({
    emails,
    webhookUrl: `https://${credentials}@alerts.example.com/`,
  })),
};

describe("recipients of alerts", () => {
  it("can be a webhook only", () => {
    checkRecipients("alerts", { emails: [], webhookUrl: "https://alerts.example.com/a" });
  });

  for (const [code, cases] of Object.entries(rejected)) {
    for (const alerts of cases) {
      it(`throws ${code} for ${JSON.stringify(alerts)}, and repeats no credentials`, async () => {
        const { message } = await expectCode(code, () => checkRecipients("alerts", alerts));
        expect(message).to.not.contain("hunter2");
      });
    }
  }

  it("are checked in each stack with a topic", () =>
    expectCode("alert-recipients-missing", () => synthesize([{ ...staging, alerts: { emails: [] } }])));
});
