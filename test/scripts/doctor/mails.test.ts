import { CreateEmailIdentityCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { expect } from "chai";
import { mailChecks } from "../../../scripts/doctor/mails.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import { describeWith } from "../../support/real-services.ts";
import { createTestContext, expectState, TestAccount } from "./fixture.ts";

describeWith("AWS_ENDPOINT_URL", "the doctor, about mails,", () => {
  const aws = new TestAccount();
  const context = (replaced = {}) => createTestContext({ environment: aws.toEnvironment(staging), ...replaced });
  const deployed = { isDeployed: async () => true };

  /** The response of https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html. The emulator has no such call. */
  const account = (replaced: object) =>
    aws.replies.set("GET /v2/email/account", () => ({
      body: {
        ProductionAccessEnabled: true,
        SendingEnabled: true,
        EnforcementStatus: "HEALTHY",
        SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 12 },
        ...replaced,
      },
    }));
  const sandbox = { ProductionAccessEnabled: false, SendQuota: { Max24HourSend: 200, MaxSendRate: 1 } };
  const refuse = { status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" }, body: { message: "no" } };

  describe("account", () => {
    const expectAccount = (state: Parameters<typeof expectState>[0], replaced = {}) =>
      expectState(state, mailChecks, "SES account", context(replaced));

    it("has production access", async () => {
      account({});
      await expectAccount("ok");
    });

    it("is in the sandbox, which a later step of the set-up ends", async () => {
      account(sandbox);
      const { found, action } = await expectAccount("not yet");
      expect(found).to.contain("verified addresses");
      expect(action).to.contain("docs/bootstrap.md");
      await expectAccount("wrong", deployed);
    });

    it("waits for the review of AWS", async () => {
      account({ ...sandbox, Details: { ReviewDetails: { Status: "PENDING", CaseId: "1" } } });
      expect((await expectAccount("wrong", deployed)).action).to.contain("Wait");
      account({ ...sandbox, Details: { ReviewDetails: { Status: "DENIED", CaseId: "1" } } });
      expect((await expectAccount("wrong", deployed)).found).to.contain("review DENIED");
    });

    it("is paused, with the command that allows it again", async () => {
      account({ SendingEnabled: false });
      expect((await expectAccount("wrong")).action).to.contain(
        "aws sesv2 put-account-sending-attributes --sending-enabled --region eu-west-1",
      );
    });

    for (const status of ["PROBATION", "SHUTDOWN"]) {
      it(`is in ${status}, which only AWS ends`, async () => {
        account({ EnforcementStatus: status, SendingEnabled: false });
        const { found, action } = await expectAccount("wrong");
        expect(found).to.contain(status);
        expect(action).to.contain("Support Center");
      });
    }

    it("is unknown if AWS refuses", async () => {
      aws.replies.set("GET /v2/email/account", () => refuse);
      expect((await expectAccount("unknown")).action).to.contain("permission");
    });
  });

  describe("quotas", () => {
    const expectQuotas = (state: Parameters<typeof expectState>[0], replaced = {}) =>
      expectState(state, mailChecks, "SES quotas", context(replaced));

    it("are enough", async () => {
      account({});
      await expectQuotas("ok");
      account({ SendQuota: { Max24HourSend: -1, MaxSendRate: 14 } });
      expect((await expectQuotas("ok")).found).to.contain("any number");
    });

    it("are those of the sandbox", async () => {
      account(sandbox);
      expect((await expectQuotas("not yet")).action).to.contain("production access");
    });

    it("are too small, with the command for each", async () => {
      account({ SendQuota: { Max24HourSend: 10_000, MaxSendRate: 14 } });
      const { action } = await expectQuotas("wrong");
      expect(action).to.contain("--quota-code L-804C8AE8 --desired-value 50000").and.not.contain("L-CDEF9B6B");
      account({ SendQuota: { Max24HourSend: 50_000, MaxSendRate: 5 } });
      expect((await expectQuotas("wrong")).action).to.contain("--quota-code L-CDEF9B6B --desired-value 14");
    });
  });

  describe("domain", () => {
    const path = `GET /v2/email/identities/${staging.apiDomain}`;
    const verified = {
      IdentityType: "DOMAIN",
      VerifiedForSendingStatus: true,
      DkimAttributes: { Status: "SUCCESS", SigningEnabled: true },
      MailFromAttributes: { MailFromDomain: `bounce.${staging.apiDomain}`, MailFromDomainStatus: "SUCCESS" },
    };
    const expectDomain = (state: Parameters<typeof expectState>[0], replaced = {}) =>
      expectState(state, mailChecks, "SES domain", context(replaced));

    it("does not exist before the foundation, in the emulator's words", async () => {
      expect(await expectDomain("not yet")).to.include({
        found: "no identity",
        action: "Deploy ecobeat-staging-foundation.",
      });
      await expectDomain("wrong", deployed);
    });

    it("exists, as the emulator has it: without MAIL FROM", async () => {
      const ses = new SESv2Client({ region: staging.region });
      await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: staging.apiDomain }));
      expect((await expectDomain("wrong", deployed)).found).to.contain("MAIL FROM NOT_STARTED");
    });

    it("is verified", async () => {
      aws.replies.set(path, () => ({ body: verified }));
      await expectDomain("ok", deployed);
    });

    it("has lost a record", async () => {
      for (const [attribute, status] of [
        ["DkimAttributes", { Status: "TEMPORARY_FAILURE" }],
        ["MailFromAttributes", { MailFromDomainStatus: "FAILED" }],
        ["VerifiedForSendingStatus", false],
      ] as const) {
        aws.replies.set(path, () => ({ body: { ...verified, [attribute]: status } }));
        expect((await expectDomain("wrong", deployed)).action).to.contain("DNS delegation");
      }
    });

    it("is unknown if AWS refuses", async () => {
      aws.replies.set(path, () => refuse);
      await expectDomain("unknown");
    });
  });
});
