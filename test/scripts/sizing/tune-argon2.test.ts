import { expect } from "chai";
import { measureHash, tuneParameters } from "../../../scripts/sizing/tune-argon2.ts";

/** A processor that needs 1 ms for each MiB and pass. */
const measure = async (memoryKib: number, passes: number) => (memoryKib / 1_024) * passes;

describe("Tuning Argon2id", () => {
  it("proposes the most memory that fits, then the passes that the time allows", async () => {
    const { proposal } = await tuneParameters({ memoryMb: 1_769, targetMs: 250 }, measure);
    expect(proposal).to.deep.equal({ memoryKib: 192 * 1_024, passes: 1, lanes: 1, milliseconds: 192 });
    const patient = await tuneParameters({ memoryMb: 1_769, targetMs: 1_000 }, measure);
    expect(patient.proposal).to.include({ memoryKib: 384 * 1_024, passes: 2 });
  });

  it("takes no more than a quarter of the function's memory", async () => {
    const { proposal } = await tuneParameters({ memoryMb: 512, targetMs: 5_000 }, measure);
    expect(proposal.memoryKib).to.equal(128 * 1_024);
  });

  it("counts with the function's share of a processor", async () => {
    const { tried } = await tuneParameters({ memoryMb: 884.5, targetMs: 250 }, measure);
    expect(tried[0]).to.deep.include({ memoryKib: 19 * 1_024, passes: 6, milliseconds: 19 * 6 * 2 });
  });

  it("never proposes less than OWASP does", async () => {
    const { proposal } = await tuneParameters({ memoryMb: 1_769, targetMs: 40 }, measure);
    expect(proposal).to.include({ memoryKib: 19 * 1_024, passes: 2 });
    const refusal = await tuneParameters({ memoryMb: 1_769, targetMs: 10 }, measure).catch(
      ({ message }) => message,
    );
    expect(refusal).to.match(/no hash that is strong enough ends within 10 ms.*Give it more memory/);
  });

  it("measures real hashes", async () => {
    expect(await measureHash(8 * 1_024, 1)).to.be.above(0.5);
  });
});
