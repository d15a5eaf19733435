import { expect } from "chai";
import { measureHash, tuneParameters } from "../../../scripts/sizing/tune-argon2.ts";
import { expectCode } from "../../support/errors.ts";

/** A CPU that needs 1 ms for each MiB and pass. */
const measure = async (memoryKib: number, passes: number) => (memoryKib / 1_024) * passes;

describe("Tuning Argon2id", () => {
  it("proposes the most memory that fits, then the passes that the time allows", async () => {
    const { proposal } = await tuneParameters({ memoryMb: 1_769, targetMs: 250 }, measure);
    expect(proposal).to.deep.equal({ memoryKib: 192 * 1_024, passes: 1, lanes: 1, durationMs: 192 });
    const longer = await tuneParameters({ memoryMb: 1_769, targetMs: 1_000 }, measure);
    expect(longer.proposal).to.include({ memoryKib: 384 * 1_024, passes: 2 });
  });

  it("uses at most a quarter of the function's memory", async () => {
    const { proposal } = await tuneParameters({ memoryMb: 512, targetMs: 5_000 }, measure);
    expect(proposal.memoryKib).to.equal(128 * 1_024);
  });

  it("scales to the function's share of a vCPU", async () => {
    const { tried } = await tuneParameters({ memoryMb: 884.5, targetMs: 250 }, measure);
    expect(tried[0]).to.deep.include({ memoryKib: 19 * 1_024, passes: 6, durationMs: 19 * 6 * 2 });
  });

  it("never proposes less than OWASP does", async () => {
    const { proposal } = await tuneParameters({ memoryMb: 1_769, targetMs: 40 }, measure);
    expect(proposal).to.include({ memoryKib: 19 * 1_024, passes: 2 });
    await expectCode("argon2-target-too-short", () => tuneParameters({ memoryMb: 1_769, targetMs: 10 }, measure));
  });

  it("measures real hashes", async () => {
    expect(await measureHash(8 * 1_024, 1)).to.be.above(0.5);
  });
});
