import { ACMClient, type CertificateSummary, paginateListCertificates } from "@aws-sdk/client-acm";
import { GetHostedZoneCommand, paginateListHostedZones, Route53Client } from "@aws-sdk/client-route-53";
import { toNamePrefix } from "../../service/contract.ts";
import { toClientConfig } from "./aws.ts";
import { type Check, type Context, listOwnResources, type Outcome, toMissing } from "./check.ts";

/** The certificate's alarm has the same limit: ACM renews 60 days before the expiry, unless something prevents it. */
const minDays = 30;

/** The public name of the API. */
export const dnsAndCertificateChecks: readonly Check[] = [
  {
    name: "DNS delegation",
    wanted: "the zone's name servers",
    async run(context): Promise<Outcome> {
      await context.requireAccount();
      const { apiDomain, name } = context.environment;
      const zone = await readNameServers(context);
      if (!zone) {
        return toMissing(context, { found: "no zone in Route 53", action: `Deploy ${toNamePrefix(name)}-foundation.` });
      }
      const found = await resolveNameServers(apiDomain, context);
      if (found.length === zone.length && found.every((each) => zone.includes(each))) {
        return { state: "ok", found: found.join(" ") };
      }
      const parent = apiDomain.slice(apiDomain.indexOf(".") + 1);
      return {
        state: "wrong",
        found: found.join(" ") || "no name servers",
        wanted: zone.join(" "),
        action: `In the zone ${parent}, set the NS record of ${apiDomain} to ${zone.join(", ")}.`,
      };
    },
  },
  {
    name: "certificate",
    wanted: `issued, for more than ${minDays} days`,
    async run(context) {
      await context.requireAccount();
      const certificates = listOwnResources(context, "aws_acm_certificate");
      return Promise.all(
        certificates.map(({ attributes, region }) => checkCertificate(String(attributes.domain_name), region, context)),
      );
    },
  },
];

/** Names in lower case without the dot at their end. */
const normalize = (name: string): string => name.toLowerCase().replace(/\.$/, "");

/** Those that Route 53 assigned to the environment's zone; undefined if it does not exist. */
async function readNameServers({ environment: { apiDomain, region } }: Context): Promise<string[] | undefined> {
  const client = new Route53Client(toClientConfig(region));
  for await (const { HostedZones = [] } of paginateListHostedZones({ client }, {})) {
    const zone = HostedZones.find(({ Name, Config }) => normalize(Name ?? "") === apiDomain && !Config?.PrivateZone);
    if (!zone) continue;
    const { DelegationSet } = await client.send(new GetHostedZoneCommand({ Id: zone.Id }));
    return (DelegationSet?.NameServers ?? []).map(normalize).sort();
  }
  return undefined;
}

/** Those that the internet knows; none if the parent zone has no NS record, or names servers without the zone. */
async function resolveNameServers(name: string, { resolver }: Context): Promise<string[]> {
  try {
    return (await resolver.resolveNs(name)).map(normalize).sort();
  } catch (error) {
    if (["ENOTFOUND", "ENODATA", "ESERVFAIL"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

async function checkCertificate(domainName: string, region: string, context: Context): Promise<Outcome> {
  const subject = domainName;
  const summaries: CertificateSummary[] = [];
  const pages = paginateListCertificates({ client: new ACMClient(toClientConfig(region)) }, {});
  for await (const { CertificateSummaryList = [] } of pages) {
    summaries.push(...CertificateSummaryList.filter((each) => each.DomainName === domainName));
  }
  // A replaced certificate may still exist.
  const best =
    summaries.filter(({ Status }) => Status === "ISSUED").sort((a, b) => toTime(b) - toTime(a))[0] ?? summaries[0];
  if (!best) {
    return toMissing(context, { subject, found: "none", action: `Deploy the stacks of ${context.environment.name}.` });
  }
  if (best.Status !== "ISSUED") {
    const action = "ACM validates by a record in the zone: correct the DNS delegation. See runbooks/certificate.md.";
    return { subject, state: "wrong", found: `${best.Status}`, action };
  }
  const days = Math.floor((toTime(best) - context.clock()) / 86_400_000);
  const found = `issued, for ${days} days`;
  return days > minDays
    ? { subject, state: "ok", found }
    : { subject, state: "wrong", found, action: "ACM does not renew it. See runbooks/certificate.md." };
}

const toTime = ({ NotAfter }: CertificateSummary): number => NotAfter?.getTime() ?? 0;
