import { ConstructError } from "../../errors.ts";

/**
 * The first `count` of 16 equal parts of an address range.
 *
 * @param cidr IPv4 range, such as `10.20.0.0/16`
 * @throws {ConstructError} if the range is malformed, or too small or too large for a VPC and its subnets
 */
export function subnetRanges(cidr: string, count: number): string[] {
  const { start, prefix } = parse(cidr);
  if (!isSuitable(prefix)) {
    throw new ConstructError("vpc-range-unsuitable", {
      what: `The network has the range ${cidr}.`,
      why: "A VPC is at most a /16, and a subnet, which is a sixteenth of it, needs at least 256 addresses.",
      action: "Choose a range from /16 to /20.",
    });
  }
  if (count > 16) {
    throw new ConstructError("subnets-too-many", {
      what: `The network ${cidr} has ${count} subnets.`,
      why: "Its range has 16 parts of equal size.",
      action: "Use fewer availability zones.",
    });
  }
  const size = 2 ** (32 - prefix - 4);
  return Array.from({ length: count }, (_, index) => `${format(start + index * size)}/${prefix + 4}`);
}

/**
 * Whether a network may have the range: private addresses, as RFC 1918 lists them. Hosts on the internet that had others of its
 * addresses would be unreachable.
 *
 * @param cidr of any form
 */
export function isPrivateRange(cidr: string): boolean {
  if (!/^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\./.test(cidr)) return false;
  try {
    return isSuitable(parse(cidr).prefix);
  } catch {
    return false;
  }
}

/** Whether two ranges have addresses in common. */
export function overlap(one: string, other: string): boolean {
  const [first, second] = [parse(one), parse(other)];
  const size = 2 ** (32 - Math.min(first.prefix, second.prefix));
  return Math.floor(first.start / size) === Math.floor(second.start / size);
}

// AWS allows /16 to /28 for VPCs and subnets. A function needs an address per connection, endpoints and cache one each: with
// fewer than 256 addresses a subnet runs out under load.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
const isSuitable = (prefix: number): boolean => prefix >= 16 && prefix <= 20;

function parse(cidr: string): { start: number; prefix: number } {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match?.slice(1).map(Number) ?? [];
  const start = ((a * 256 + b) * 256 + c) * 256 + d;
  if ([a, b, c, d].some((part) => part > 255) || prefix > 32 || start % 2 ** (32 - prefix) !== 0) {
    throw new ConstructError("cidr-invalid", {
      what: `The network has the range "${cidr}".`,
      why: "An IPv4 range is its first address, a slash and the length of the prefix.",
      action: "Write it as 10.20.0.0/16.",
    });
  }
  return { start, prefix };
}

const format = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
