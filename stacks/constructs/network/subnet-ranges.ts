/**
 * Cuts the first `count` ranges of equal size, 1/16 each, from an address range.
 *
 * @param cidr IPv4 range, such as `10.20.0.0/16`
 * @throws when the range is malformed, or too small or too large for a VPC and its subnets
 */
export function subnetRanges(cidr: string, count: number): string[] {
  const { start, prefix } = parse(cidr);
  // AWS allows a VPC /16 to /28 and a subnet /16 to /28. A function needs an address per connection, endpoints and cache
  // one each: below 256 addresses a subnet runs out under load.
  // https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
  if (prefix < 16 || prefix > 20) {
    throw new Error(
      `The network's range ${cidr} does not fit. A VPC may be a /16 at most, and a sixteenth of it, for one subnet, ` +
        `must hold at least 256 addresses. Choose a range from /16 to /20.`,
    );
  }
  if (count > 16) {
    throw new Error(
      `${count} subnets were asked of ${cidr}. It is cut into 16 ranges of equal size. Use fewer availability zones.`,
    );
  }
  const size = 2 ** (32 - prefix - 4);
  return Array.from({ length: count }, (_, index) => `${format(start + index * size)}/${prefix + 4}`);
}

function parse(cidr: string): { start: number; prefix: number } {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match?.slice(1).map(Number) ?? [];
  const start = ((a * 256 + b) * 256 + c) * 256 + d;
  if ([a, b, c, d].some((part) => part > 255) || prefix > 32 || start % 2 ** (32 - prefix) !== 0) {
    throw new Error(
      `"${cidr}" is not an IPv4 address range. A range is the first address, a slash and the length of the prefix. ` +
        `Write it as 10.20.0.0/16.`,
    );
  }
  return { start, prefix };
}

const format = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
