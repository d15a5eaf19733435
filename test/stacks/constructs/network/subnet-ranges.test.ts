import { BlockList, isIPv4 } from "node:net";
import { expect } from "chai";
import fc from "fast-check";
import { subnetRanges } from "../../../../stacks/constructs/network/subnet-ranges.ts";
import { expectCode } from "../../../support/errors.ts";

/** An IPv4 range as Node sees it. */
function toBlockList(range: string): BlockList {
  const [address, prefix] = range.split("/");
  const block = new BlockList();
  block.addSubnet(address!, Number(prefix));
  return block;
}

const firstAddress = (range: string): string => range.split("/")[0]!;

describe("subnetRanges", () => {
  it("returns the first sixteenths of a range", () => {
    expect(subnetRanges("10.20.0.0/16", 3)).to.deep.equal(["10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"]);
    expect(subnetRanges("192.168.240.0/20", 16).at(-1)).to.equal("192.168.255.0/24");
  });

  it("returns ranges inside the whole that do not overlap", () => {
    const ranges = fc
      .record({
        prefix: fc.integer({ min: 16, max: 20 }),
        address: fc.nat(2 ** 32 - 1),
        count: fc.integer({ min: 1, max: 16 }),
      })
      .map(({ prefix, address, count }) => {
        const start = address - (address % 2 ** (32 - prefix));
        const parts = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256);
        return { whole: `${parts.join(".")}/${prefix}`, count };
      });
    fc.assert(
      fc.property(ranges, ({ whole, count }) => {
        const cut = subnetRanges(whole, count);
        expect(cut).to.have.length(count);
        for (const range of cut) {
          expect(isIPv4(firstAddress(range))).to.equal(true);
          expect(toBlockList(whole).check(firstAddress(range))).to.equal(true);
          const holders = cut.filter((other) => toBlockList(other).check(firstAddress(range)));
          expect(holders).to.deep.equal([range]);
        }
      }),
    );
  });

  for (const [code, cidrs] of Object.entries({
    "cidr-invalid": ["10.20.0.0", "10.20.0/16", "10.256.0.0/16", "10.20.0.0/33", "10.20.1.0/16", "::/16", ""],
    "vpc-range-unsuitable": ["10.0.0.0/15", "10.20.0.0/21", "10.20.0.0/28"],
  })) {
    for (const cidr of cidrs) {
      it(`rejects "${cidr}": ${code}`, () => expectCode(code, () => subnetRanges(cidr, 1)));
    }
  }

  it("rejects more subnets than fit", () => expectCode("subnets-too-many", () => subnetRanges("10.20.0.0/16", 17)));
});
