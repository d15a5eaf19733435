import { getProperty } from "./differences.ts";
import type { ModuleConfiguration, PlanJson } from "./plan-schema.ts";

/** The accounts and domains that a plan is about. Empty if it does not say. */
export interface Owners {
  readonly accounts: ReadonlySet<string>;
  readonly domains: ReadonlySet<string>;
}

/** All numbers of AWS accounts in an ARN, the URL of a queue or the name of a registry. */
export const findAccounts = (value: string): string[] => value.match(/(?<![\w-])\d{12}(?![\w-])/g) ?? [];

/** The host of a URL, of an e-mail address, or the value if it is a name of a host; lower case. */
export function findHost(value: string): string | undefined {
  const [, host = value] =
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?([^/:?#]+)/i.exec(value) ?? /^[^@\s/]+@([^@\s/]+)$/.exec(value) ?? [];
  return /^(?=.{4,253}\.?$)(\*\.)?([a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]+\.?$/i.test(host)
    ? host.toLowerCase().replace(/\.$/, "")
    : undefined;
}

/** Whether it is a name that AWS or MongoDB Atlas gives to a resource, of whichever account. */
export const isProviderHost = (host: string): boolean =>
  /(^|\.)(amazonaws\.com(\.cn)?|cloudfront\.net|awsglobalaccelerator\.com|(on|api|acm-validations)\.aws|mongodb\.net)$/.test(
    host,
  );

/** What a registrar sells: the last two labels, or three below an ending such as `co.uk`. */
export const toDomain = (host: string): string =>
  /([^.]+\.)?[^.]+\.[^.]+$/
    .exec(host)![0]
    .replace(/^[^.]+\.(?!(ac|co|com|edu|gov|net|org)\.[a-z]{2}$)(?=[^.]+\.[^.]+$)/, "");

/** What belongs to us: the accounts that the providers allow, those of existing resources, and the names that these serve. */
export function findOwners({ resource_changes: changes, configuration }: PlanJson): Owners {
  const providers = JSON.stringify(
    Object.values(configuration.provider_config).map((provider) =>
      getProperty(getProperty(provider, "expressions"), "allowed_account_ids"),
    ),
  );
  const existing = changes.map(({ type, change: { before } }) => ({ type, before: before ?? {} }));
  const arns = existing.flatMap(({ before }) => findAccounts(String(before.arn)));
  const domains = existing
    .filter(({ type }) =>
      /^aws_(acm_certificate|api_gateway_domain_name|cloudfront_distribution|route53_(record|zone))$/.test(type),
    )
    .flatMap(({ before }) => [before.name, before.fqdn, before.domain_name, before.aliases].flat())
    .flatMap((name) => findHost(String(name)) ?? [])
    .filter((host) => !isProviderHost(host))
    .map(toDomain);
  return { accounts: new Set([...findAccounts(providers), ...arns]), domains: new Set(domains) };
}

/** The attributes that the code sets, by the address of the resource without the keys of its instances. */
export const findInputs = (module: ModuleConfiguration, prefix = ""): Map<string, ReadonlySet<string>> =>
  new Map([
    ...module.resources.map(
      ({ address, expressions }) => [prefix + address, new Set(Object.keys(expressions))] as const,
    ),
    ...Object.entries(module.module_calls).flatMap(([name, call]) => [
      ...findInputs(call.module, `${prefix}module.${name}.`),
    ]),
  ]);

/** The address of a resource in the code. */
export const toConfigurationAddress = (address: string): string => address.replace(/\[("([^"\\]|\\.)*"|\d+)\]/g, "");
