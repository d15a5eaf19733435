import {
  GetAccountCommand,
  type GetAccountCommandOutput,
  GetEmailIdentityCommand,
  NotFoundException,
  SESv2Client,
} from "@aws-sdk/client-sesv2";
import { toNamePrefix } from "../../service/contract.ts";
import { mailQuotas } from "../capacity/contract.ts";
import { toClientConfig } from "./aws.ts";
import { type Check, type Context, type Outcome, toMissing } from "./check.ts";

/** Whether SES sends the mails of the environment. */
export const mailChecks: readonly Check[] = [
  {
    name: "SES account",
    wanted: "production access, and nothing that stops it",
    async run(context) {
      await context.requireAccount();
      return checkAccount(await createClient(context).send(new GetAccountCommand()), context);
    },
  },
  {
    name: "SES quotas",
    wanted: `at least ${mailQuotas.perDay} mails a day and ${mailQuotas.perSecond} a second`,
    async run(context) {
      await context.requireAccount();
      return checkQuotas(await createClient(context).send(new GetAccountCommand()), context);
    },
  },
  {
    name: "SES domain",
    wanted: "verified, with DKIM and MAIL FROM",
    async run(context) {
      await context.requireAccount();
      return checkDomain(context);
    },
  },
];

const createClient = ({ environment: { region } }: Context): SESv2Client => new SESv2Client(toClientConfig(region));

async function checkAccount(account: GetAccountCommandOutput, context: Context): Promise<Outcome> {
  const { ProductionAccessEnabled, SendingEnabled, EnforcementStatus = "HEALTHY", Details } = account;
  if (EnforcementStatus !== "HEALTHY") {
    const action =
      "AWS has written to the address of the account: find its case in the AWS Support Center, and follow runbooks/accounts.md.";
    return { state: "wrong", found: `SES has the account in ${EnforcementStatus}`, action };
  }
  if (!ProductionAccessEnabled) {
    // Of a request for production access: PENDING, FAILED, GRANTED or DENIED.
    const review = Details?.ReviewDetails?.Status;
    return toMissing(context, {
      found: `the sandbox, which sends to verified addresses alone${review ? `; review ${review}` : ""}`,
      action:
        review === "PENDING"
          ? "Wait for the answer of AWS, which takes about 24 hours."
          : 'Request production access as docs/bootstrap.md says, "Mail". AWS answers within about 24 hours.',
    });
  }
  if (!SendingEnabled) {
    const action =
      "Find out who has paused it, and why. Then: aws sesv2 put-account-sending-attributes --sending-enabled " +
      `--region ${context.environment.region}`;
    return { state: "wrong", found: "sending is paused in the account", action };
  }
  return { state: "ok", found: "production access" };
}

/** Codes of the quotas of SES in Service Quotas: https://docs.aws.amazon.com/general/latest/gr/ses.html */
const quotaCodes = { Max24HourSend: "L-804C8AE8", MaxSendRate: "L-CDEF9B6B" } as const;

async function checkQuotas(account: GetAccountCommandOutput, context: Context): Promise<Outcome> {
  const { Max24HourSend = 0, MaxSendRate = 0 } = account.SendQuota ?? {};
  const found = `${Max24HourSend < 0 ? "any number of" : Max24HourSend} mails a day, ${MaxSendRate} a second`;
  const lacking = [
    // -1 is no limit: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendQuota.html
    ...(Max24HourSend >= 0 && Max24HourSend < mailQuotas.perDay ? [["Max24HourSend", mailQuotas.perDay] as const] : []),
    ...(MaxSendRate < mailQuotas.perSecond ? [["MaxSendRate", mailQuotas.perSecond] as const] : []),
  ];
  if (lacking.length === 0) return { state: "ok", found };
  if (!account.ProductionAccessEnabled) {
    return toMissing(context, { found, action: "Request production access first: it raises the quotas." });
  }
  const commands = lacking.map(
    ([name, value]) =>
      `aws service-quotas request-service-quota-increase --service-code ses --quota-code ${quotaCodes[name]} ` +
      `--desired-value ${value} --region ${context.environment.region}`,
  );
  return { state: "wrong", found, action: commands.join("; ") };
}

async function checkDomain(context: Context): Promise<Outcome> {
  const { name, apiDomain } = context.environment;
  const deploy = `Deploy ${toNamePrefix(name)}-foundation.`;
  try {
    const identity = await createClient(context).send(new GetEmailIdentityCommand({ EmailIdentity: apiDomain }));
    const statuses = {
      DKIM: identity.DkimAttributes?.Status ?? "NOT_STARTED",
      "MAIL FROM": identity.MailFromAttributes?.MailFromDomainStatus ?? "NOT_STARTED",
    };
    const found = [
      identity.VerifiedForSendingStatus ? "verified" : "not verified",
      ...Object.entries(statuses).map(([subject, status]) => `${subject} ${status}`),
    ].join(", ");
    const isComplete = Object.values(statuses).every((status) => status === "SUCCESS");
    if (identity.VerifiedForSendingStatus && isComplete) return { state: "ok", found };
    return toMissing(context, {
      found,
      action: `Correct the DNS delegation of ${apiDomain}, and deploy ${toNamePrefix(name)}-foundation. SES looks for its records again within an hour.`,
    });
  } catch (error) {
    if (error instanceof NotFoundException) return toMissing(context, { found: "no identity", action: deploy });
    throw error;
  }
}
