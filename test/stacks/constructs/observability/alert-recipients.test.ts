import { expect } from "chai";
import type { AlertRecipients } from "../../../../stacks/constructs/observability/alert-recipients.ts";
import { environments } from "../../../../stacks/environments.ts";
import { synthesize } from "../../../support/synthesize.ts";

const withReceivers = (alerts: AlertRecipients) => () => synthesize([{ ...environments.staging, alerts }]);

describe("receivers of alerts", () => {
  it("may be a webhook alone", () => {
    expect(withReceivers({ emails: [], webhookUrl: "https://alerts.example.com/a" })).to.not.throw();
  });

  it("must be someone", () => {
    expect(withReceivers({ emails: [] })).to.throw(
      /alerts of "ecobeat-staging-alerts" have no receiver\. .* nobody would be told\. Name at least one/,
    );
  });

  for (const email of ["", "platform", "platform@ecobeat", "a b@ecobeat.app"]) {
    it(`are not "${email}", which is no address`, () => {
      expect(withReceivers({ emails: [email] })).to.throw(/That is no e-mail address.*Write it as/);
    });
  }

  for (const webhookUrl of ["http://alerts.example.com", "alerts.example.com", "", "mailto:a@b.c"]) {
    it(`are not "${webhookUrl}", which is no https address`, () => {
      expect(withReceivers({ emails: [], webhookUrl })).to.throw(
        /sent to https addresses alone\. Write it as/,
      );
    });
  }

  for (const credentials of ["user", "user:word", ":word"]) {
    it(`are not told by an address with the credentials "${credentials}", which the error does not repeat`, () => {
      const webhookUrl = `https://${credentials}@alerts.example.com/`;
      expect(withReceivers({ emails: [], webhookUrl })).to.throw(
        /^The webhook for the alerts of "[\w-]+" has credentials in its address\. They would stand in every plan/,
      );
      expect(withReceivers({ emails: [], webhookUrl })).to.not.throw(new RegExp(credentials));
    });
  }
});
