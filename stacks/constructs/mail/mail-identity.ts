import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import type { Route53Zone } from "@cdktf/provider-aws/lib/route53-zone/index.js";
import { Sesv2ConfigurationSet } from "@cdktf/provider-aws/lib/sesv2-configuration-set/index.js";
import { Sesv2ConfigurationSetEventDestination } from "@cdktf/provider-aws/lib/sesv2-configuration-set-event-destination/index.js";
import { Sesv2EmailIdentity } from "@cdktf/provider-aws/lib/sesv2-email-identity/index.js";
import { Sesv2EmailIdentityMailFromAttributes } from "@cdktf/provider-aws/lib/sesv2-email-identity-mail-from-attributes/index.js";
import { propertyAccess } from "cdktf";
import { Construct } from "constructs";
import { alarmShare, mailQuotas } from "../../../scripts/capacity/contract.ts";
import { contactEmail } from "../../../service/company.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { mailConfigurationSet } from "../../names.ts";
import { Alarm, type AlarmProps } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import { configurationSetDimension, deliveryMetrics, getMailEventMetric, reputationMetrics } from "./mail-metrics.ts";

export interface MailIdentityProps {
  /** Zone of the domain from which mails come. */
  readonly zone: Route53Zone;
  /** Notified of bounces, complaints and rejected mails. */
  readonly alertTopic: AlertTopic;
}

/** SES creates this many keys for the signatures of a domain: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html */
const dkimKeys = 3;

/**
 * The domain of the API as the sender of mails in SES: signed by DKIM, with a MAIL FROM domain of its own, and with DNS records that let
 * no one else send in its name. SES sends only to verified addresses until the account has production access: see docs/bootstrap.md.
 *
 * SES does not send again to an address that has bounced permanently, or whose owner complained.
 *
 * Costs about $1.6 a month idle. Mails are billed by the thousand.
 *
 * @example new MailIdentity(this, "mail-identity", { zone: this.zone, alertTopic: this.alertTopic });
 */
export class MailIdentity extends Construct {
  constructor(scope: Construct, id: string, { zone, alertTopic }: MailIdentityProps) {
    super(scope, id);
    const { environment } = EcobeatStack.of(this);
    const set = this.#addConfigurationSet(mailConfigurationSet(environment.name));
    const identity = new Sesv2EmailIdentity(this, "identity", {
      emailIdentity: environment.apiDomain,
      // What sends without naming a set is also counted, and its suppression list holds.
      configurationSetName: set.configurationSetName,
      dkimSigningAttributes: { nextSigningKeyLength: "RSA_2048_BIT" },
    });
    this.#addRecords(zone, identity);
    this.#addAlarms(alertTopic);
  }

  #addConfigurationSet(name: string): Sesv2ConfigurationSet {
    const set = new Sesv2ConfigurationSet(this, "configuration-set", {
      configurationSetName: name,
      // Mails contain links with tokens. A server without TLS gets none, and the mail bounces.
      deliveryOptions: { tlsPolicy: "REQUIRE" },
      reputationOptions: { reputationMetricsEnabled: true },
      sendingOptions: { sendingEnabled: true },
      suppressionOptions: { suppressedReasons: ["BOUNCE", "COMPLAINT"] },
    });
    new Sesv2ConfigurationSetEventDestination(this, "events", {
      configurationSetName: set.configurationSetName,
      eventDestinationName: "metrics",
      eventDestination: {
        enabled: true,
        // Numbers alone: an event itself contains the recipient's address. A rendering failure needs a template of SES, which no mail
        // has. SES counts what it sends and delivers without a destination.
        matchingEventTypes: ["BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY"],
        cloudWatchDestination: {
          dimensionConfiguration: [
            // SES sets this tag itself: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-cloudwatch.html
            {
              dimensionName: configurationSetDimension,
              dimensionValueSource: "MESSAGE_TAG",
              defaultDimensionValue: name,
            },
          ],
        },
      },
    });
    return set;
  }

  #addRecords(zone: Route53Zone, identity: Sesv2EmailIdentity): void {
    const { environment, region } = EcobeatStack.of(this);
    const { apiDomain } = environment;
    const mailFromDomain = `bounce.${apiDomain}`;
    const add = (recordId: string, name: string, type: "CNAME" | "MX" | "TXT", value: string) =>
      new Route53Record(this, recordId, { zoneId: zone.zoneId, name, type, ttl: 300, records: [value] });
    for (let index = 0; index < dkimKeys; index++) {
      const token = propertyAccess(identity.dkimSigningAttributes.tokens, [index]);
      add(`dkim-${index}`, `${token}._domainkey.${apiDomain}`, "CNAME", `${token}.dkim.amazonses.com`);
    }
    // https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
    const mx = add("mail-from-mx", mailFromDomain, "MX", `10 feedback-smtp.${region}.amazonses.com`);
    // A forwarded mail fails SPF. Its signature decides, so that SPF only advises against it.
    const spf = add("mail-from-spf", mailFromDomain, "TXT", "v=spf1 include:amazonses.com ~all");
    new Sesv2EmailIdentityMailFromAttributes(this, "mail-from", {
      emailIdentity: identity.emailIdentity,
      mailFromDomain,
      // Without its MX record, SES uses a domain of its own: DMARC then passes by DKIM alone, and mails arrive.
      behaviorOnMxFailure: "USE_DEFAULT_VALUE",
      dependsOn: [mx, spf],
    });
    // No mail has the domain itself as its MAIL FROM. No null MX record (RFC 7505): servers reject mails from a domain that has one.
    add("spf", apiDomain, "TXT", "v=spf1 -all");
    // SES alone sends in the name of this domain, and signs everything, so that there is no one to wait for with a weaker policy. Domains
    // below it may not send (RFC 7489, section 6.3). Receivers send reports only to an address of the same organizational domain, unless
    // the other domain agrees.
    add(
      "dmarc",
      `_dmarc.${apiDomain}`,
      "TXT",
      `v=DMARC1; p=reject; sp=reject; adkim=s; aspf=r; rua=mailto:${contactEmail}`,
    );
  }

  #addAlarms(topic: AlertTopic): void {
    const stack = EcobeatStack.of(this);
    const add = (
      kind: string,
      props: Pick<AlarmProps, "summary" | "metric" | "threshold" | "missingData"> & { periodSeconds?: number },
    ) =>
      new Alarm(this, kind, {
        name: stack.resourceName(`mails-${kind}`),
        runbook: "accounts",
        // SES publishes the rates every few hours, and only counts events otherwise.
        periodSeconds: 3_600,
        topic,
        ...props,
      });
    // Between two values of a rate, the alarm stays as it is: else it would be OK again each hour.
    // SES reviews an account above 5 % and pauses it above 10 %; for complaints, 0.1 % and 0.5 %:
    // https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
    add("bounced", {
      summary: "More than 2 % of mails bounce. SES reviews the account above 5 %, and may stop it from sending.",
      metric: reputationMetrics.bounces,
      missingData: "ignore",
      threshold: 0.02,
    });
    add("complained", {
      summary: "More than 0.05 % of recipients report mails as spam. SES reviews the account above 0.1 %.",
      metric: reputationMetrics.complaints,
      missingData: "ignore",
      threshold: 0.000_5,
    });
    add("sent", {
      summary: `More than ${alarmShare * 100} % of SES's daily quota is used. Above it, mails wait, and links expire.`,
      metric: deliveryMetrics.accepted,
      threshold: alarmShare * mailQuotas.perDay,
      // The quota is one of any 24 hours.
      periodSeconds: 86_400,
    });
    add("rejected", {
      summary: "SES rejects mails: it takes their content for malware.",
      metric: getMailEventMetric(stack.environment.name, "Reject"),
      threshold: 0,
    });
  }
}
