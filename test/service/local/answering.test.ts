import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { answering } from "../../../service/local/answering.ts";

const part = {
  variable: "PART_URL",
  name: "A part",
  address: "part://ann:hidden@localhost",
  example: "part://localhost",
  check() {},
};

describe("Connecting to a part", () => {
  it("ends by itself if the part's library waits for ever", async () => {
    const error = await answering(part, () => new Promise<Error>(() => {})).catch((error) => error);
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.message).to.contain("A part does not answer").and.contain("PART_URL");
    expect(error.message).not.to.contain("hidden");
  });

  it("does not try an address that is none", async () => {
    const check = (address: string) => {
      throw new Error(`${address} is odd`);
    };
    let tries = 0;
    const error = await answering({ ...part, check }, async () => ++tries).catch((error) => error);
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.message).to.contain("PART_URL is not an address of A part").and.contain("PART_URL=part://");
    expect(error.message).not.to.contain("hidden");
    expect(tries).to.equal(0);
  });
});
