/** An account that is nobody's, in placeholders. */
const account = "000000000000";

/**
 * A value of the right shape for an attribute whose real value is not known: good enough for what the provider validates
 * before it creates anything.
 *
 * @param type resource type, such as `aws_kms_key`
 * @param attribute attribute, with its path when it is nested: `certificate_authority.0.data`
 */
export function placeholderFor(type: string, attribute: string): string | number {
  const [, service = "service", ...rest] = type.split("_");
  const name = attribute.split(/[.[\]]+/).findLast((part) => /\D/.test(part)) ?? attribute;
  if (/(^|_)arn$/.test(name))
    return `arn:aws:${service}:eu-west-1:${account}:${arnResource(service, rest.join("-"))}`;
  if (/(^|_)port$/.test(name)) return 6379;
  if (/(^|_)(url|uri)$/.test(name)) return "https://rehearsal.invalid";
  if (/(^|_)(address|endpoint|domain_name|dns_name|hostname)$/.test(name)) return "rehearsal.invalid";
  if (/(^|_)zone_id$/.test(name)) return "ZREHEARSAL";
  if (/(^|_)cidr_block$/.test(name)) return "10.0.0.0/16";
  if (/(^|_)ip$/.test(name)) return "192.0.2.1";
  return `rehearsal-${type}-${name}`.replaceAll("_", "-");
}

function arnResource(service: string, kind: string): string {
  if (service === "kms") return "key/00000000-0000-0000-0000-000000000000";
  if (service === "lambda") return "function:rehearsal";
  return `${kind}/rehearsal`;
}
