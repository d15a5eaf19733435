import system from "node:dns";
import { Resolver } from "node:dns/promises";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ACMClient, RequestCertificateCommand } from "@aws-sdk/client-acm";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { expect } from "chai";
import { alertChecks } from "../../../scripts/doctor/alerts.ts";
import type { Context } from "../../../scripts/doctor/check.ts";
import { dnsAndCertificateChecks } from "../../../scripts/doctor/dns-and-certificates.ts";
import { production } from "../../../stacks/environments/production.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import { describeWith } from "../../support/real-services.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { startDnsServer } from "./dns-server.ts";
import { createTestContext, expectState, run, startServer, TestAccount } from "./fixture.ts";

describe("the doctor, about public names,", () => {
  let dns: Awaited<ReturnType<typeof startDnsServer>>;
  before(async () => {
    dns = await startDnsServer();
  });
  after(() => dns.stop());
  beforeEach(() => dns.records.clear());
  const context = (replaced: Partial<Context> = {}) => {
    const resolver = new Resolver({ timeout: 200, tries: 1 });
    resolver.setServers([dns.address]);
    return createTestContext({ resolver, ...replaced });
  };

  describe("mail domains", () => {
    const folder = useTemporaryFolder();
    const emails = ["on-call@ecobeat.app", "cto@ecobeat.app"];
    const environment = { ...staging, alerts: { emails } };
    beforeEach(() => writeFile(join(folder(), "SECURITY.md"), "Write to **security@mail.ecobeat.app**.\n"));
    const diagnose = () => run(alertChecks, "mail domains", context({ environment, folder: folder() }));

    it("have mail servers", async () => {
      dns.records.set("MX ecobeat.app", ["mx1.mail.example"]).set("MX mail.ecobeat.app", ["mx2.mail.example"]);
      const found = await diagnose();
      expect(Object.values(found).map(({ check, state, found }) => [check, state, found])).to.deep.equal([
        ["mail domains: ecobeat.app", "ok", "mx1.mail.example"],
        ["mail domains: mail.ecobeat.app", "ok", "mx2.mail.example"],
      ]);
    });

    for (const [what, records] of [
      ["do not exist", "NXDOMAIN"],
      ["have only other records", "none"],
      // https://www.rfc-editor.org/rfc/rfc7505
      ["accept no mail", [""]],
    ] as const) {
      it(`${what}: the finding names the addresses`, async () => {
        dns.records.set("MX ecobeat.app", records).set("MX mail.ecobeat.app", ["mx2.mail.example"]);
        const found = await diagnose();
        expect(found["mail domains: ecobeat.app"]).to.include({ state: "wrong", found: "none" });
        expect(found["mail domains: ecobeat.app"]!.action).to.contain("on-call@ecobeat.app, cto@ecobeat.app");
        expect(found["mail domains: mail.ecobeat.app"]).to.include({ state: "ok" });
      });
    }

    it("are unknown if no DNS server responds", async () => {
      dns.records.set("MX ecobeat.app", "silent");
      const { found } = await expectState(
        "unknown",
        alertChecks,
        "mail domains",
        context({ environment, folder: folder() }),
      );
      expect(found).to.contain("ETIMEOUT");
    });
  });

  describe("the alert webhook", () => {
    const diagnose = (state: "ok" | "wrong", webhookUrl?: string) => {
      const environment = { ...staging, alerts: { emails: [], ...(webhookUrl && { webhookUrl }) } };
      return expectState(state, alertChecks, "alert webhook", context({ environment }));
    };

    for (const [status, state] of [
      [200, "ok"],
      [302, "ok"],
      [405, "ok"],
      [502, "wrong"],
    ] as const) {
      it(`is ${state} if it responds with ${status}`, async () => {
        const server = await startServer(({ method }) => (method === "HEAD" ? { status } : undefined));
        expect((await diagnose(state, server.url)).found).to.equal(`responds with ${status}`);
        server.stop();
      });
    }

    it("is wrong if no server responds", async () => {
      const server = await startServer(() => ({}));
      server.stop();
      const { found, action } = await diagnose("wrong", server.url);
      expect(found).to.contain("ECONNREFUSED");
      expect(action).to.contain("stacks/environments/staging.ts");
    });

    it("is unknown if this machine resolves no names", async () => {
      const { lookup } = system;
      const unavailable = Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" });
      system.lookup = ((...rest: unknown[]) => (rest.at(-1) as (error: Error) => void)(unavailable)) as typeof lookup;
      try {
        const environment = { ...staging, alerts: { emails: [], webhookUrl: "https://alerts.ecobeat.app/x" } };
        await expectState("unknown", alertChecks, "alert webhook", context({ environment }));
      } finally {
        system.lookup = lookup;
      }
    });

    it("may be none", async () => {
      await diagnose("ok");
    });
  });

  describeWith("AWS_ENDPOINT_URL", "in AWS,", () => {
    const aws = new TestAccount();
    const inAccount = (base = staging, replaced: Partial<Context> = {}) =>
      context({ environment: aws.toEnvironment(base), ...replaced });
    const deployed = { isDeployed: async () => true };

    describe("delegation", () => {
      const name = "DNS delegation";
      const records = (...servers: string[]) => dns.records.set("NS api-staging.ecobeat.app", servers);
      let servers: string[];

      it("is not possible without a zone: not yet before a deployment, wrong after it", async () => {
        await expectState("not yet", dnsAndCertificateChecks, name, inAccount());
        await expectState("wrong", dnsAndCertificateChecks, name, inAccount(staging, deployed));
      });

      it("is not possible with a private zone of the same name", async () => {
        const zone =
          `<HostedZone><Id>/hostedzone/Z1</Id><Name>${staging.apiDomain}.</Name><CallerReference>1</CallerReference>` +
          "<Config><PrivateZone>true</PrivateZone></Config></HostedZone>";
        const body = `<ListHostedZonesResponse><HostedZones>${zone}</HostedZones></ListHostedZonesResponse>`;
        const headers = { "content-type": "text/xml" };
        aws.replies.set("GET /2013-04-01/hostedzone", () => ({ headers, body }));
        const { found } = await expectState("not yet", dnsAndCertificateChecks, name, inAccount());
        expect(found).to.equal("no zone in Route 53");
      });

      it("is right if the parent zone names the zone's servers, in any order and case", async () => {
        const create = new CreateHostedZoneCommand({ Name: staging.apiDomain, CallerReference: aws.account.id });
        servers = (await new Route53Client({}).send(create)).DelegationSet!.NameServers!;
        records(...servers.map((each) => each.toUpperCase()).reverse());
        await expectState("ok", dnsAndCertificateChecks, name, inAccount());
      });

      for (const [what, set] of [
        ["there is no such name", () => dns.records.clear()],
        ["there is no NS record", () => dns.records.set("NS api-staging.ecobeat.app", "none")],
        ["its servers do not know the zone", () => dns.records.set("NS api-staging.ecobeat.app", "SERVFAIL")],
        ["it names other servers", () => records("ns1.other.test", "ns2.other.test")],
        ["it names too few", () => records(servers[0]!)],
      ] as const) {
        it(`is wrong if ${what}`, async () => {
          set();
          const { action } = await expectState("wrong", dnsAndCertificateChecks, name, inAccount());
          expect(action).to.contain("In the zone ecobeat.app, set the NS record of api-staging.ecobeat.app to");
          for (const server of servers) expect(action).to.contain(server);
        });
      }

      it("is unknown if no DNS server responds", async () => {
        dns.records.set("NS api-staging.ecobeat.app", "silent");
        await expectState("unknown", dnsAndCertificateChecks, name, inAccount());
      });
    });

    describe("certificate", () => {
      const name = "certificate";
      const day = 86_400;
      const list = (...certificates: object[]) =>
        aws.replies.set("ListCertificates", () => ({ body: { CertificateSummaryList: certificates } }));
      const issued = (days: number, DomainName = staging.apiDomain) => ({
        DomainName,
        Status: "ISSUED",
        NotAfter: Math.floor(Date.now() / 1_000) + days * day + 60,
      });

      it("does not exist: not yet before a deployment, wrong after it", async () => {
        await expectState("not yet", dnsAndCertificateChecks, name, inAccount());
        await expectState("wrong", dnsAndCertificateChecks, name, inAccount(staging, deployed));
      });

      it("is not validated", async () => {
        const DomainName = staging.apiDomain;
        await new ACMClient({}).send(new RequestCertificateCommand({ DomainName, ValidationMethod: "DNS" }));
        const { found } = await expectState("wrong", dnsAndCertificateChecks, name, inAccount());
        expect(found).to.equal("PENDING_VALIDATION");
      });

      it("is issued, whatever happened to one that it replaced", async () => {
        list({ DomainName: staging.apiDomain, Status: "EXPIRED" }, issued(3), issued(90), issued(1, "other.test"));
        const { found } = await expectState("ok", dnsAndCertificateChecks, name, inAccount());
        expect(found).to.equal("issued, for 90 days");
      });

      it("expires soon", async () => {
        list(issued(30), issued(200, "other.test"));
        const { action } = await expectState("wrong", dnsAndCertificateChecks, name, inAccount());
        expect(action).to.contain("runbooks/certificate.md");
      });

      it("is also that of the CDN, in us-east-1", async () => {
        list(issued(90, "origin.api.ecobeat.app"));
        const found = await run(dnsAndCertificateChecks, name, inAccount(production));
        expect(Object.values(found).map(({ check, state }) => `${check} ${state}`)).to.have.members([
          "certificate: origin.api.ecobeat.app ok",
          "certificate: api.ecobeat.app not yet",
        ]);
      });
    });

    describe("alert subscriptions", () => {
      const name = "alert subscriptions";
      /** What the doctor says of the topics for pages and for tickets. */
      const diagnose = async (context = inAccount()) => {
        const findings = Object.values(await run(alertChecks, name, context));
        const getFinding = (end: string) => findings.find(({ check }) => check.endsWith(end))!;
        return { pages: getFinding("eu-west-1"), tickets: getFinding("eu-west-1, tickets"), findings };
      };
      const email = "platform-staging@ecobeat.app";
      const webhook = "https://alerts.ecobeat.app/staging";

      it("have no topic: not yet before a deployment, wrong after it", async () => {
        for (const [context, state] of [
          [inAccount(), "not yet"],
          [inAccount(staging, deployed), "wrong"],
        ] as const) {
          expect((await diagnose(context)).findings.map((each) => each.state)).to.deep.equal([state, state]);
        }
      });

      it("are missing until all recipients subscribe, of whom a webhook needs no tickets", async () => {
        const sns = new SNSClient({});
        const subscribe = async (topic: string, Protocol: string, Endpoint: string) => {
          const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: topic }));
          await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint }));
        };
        await subscribe("ecobeat-staging-alerts", "email", email);
        await subscribe("ecobeat-staging-alerts-tickets", "email", email);
        const before = await diagnose();
        expect(before.pages).to.include({ state: "wrong", found: `${webhook} is not subscribed` });
        expect(before.tickets).to.include({ state: "ok", found: "1 confirmed" });
        await subscribe("ecobeat-staging-alerts", "https", webhook);
        expect((await diagnose()).pages).to.include({ state: "ok", found: "2 confirmed" });
      });

      it("are wrong until they are confirmed", async () => {
        const member = (endpoint: string, arn: string) =>
          `<member><Protocol>email</Protocol><Endpoint>${endpoint}</Endpoint><SubscriptionArn>${arn}</SubscriptionArn></member>`;
        const members = member(webhook, "arn:aws:sns:eu-west-1:1:t:1") + member(email, "PendingConfirmation");
        const result = `<ListSubscriptionsByTopicResult><Subscriptions>${members}</Subscriptions></ListSubscriptionsByTopicResult>`;
        const body = `<ListSubscriptionsByTopicResponse>${result}</ListSubscriptionsByTopicResponse>`;
        aws.replies.set("ListSubscriptionsByTopic", () => ({ headers: { "content-type": "text/xml" }, body }));
        for (const finding of (await diagnose()).findings) {
          expect(finding).to.include({ state: "wrong", found: `${email} is not confirmed` });
          expect(finding.action).to.contain("Open the link");
        }
      });
    });
  });
});
