import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { probe } from "../../../service/local/probe.ts";

const service = {
  variable: "SERVICE_URL",
  name: "A service",
  address: "service://ann:hidden@localhost",
  example: "service://localhost",
  check() {},
};

describe("Connecting to a configured service", () => {
  it("ends by itself if the library of the service waits forever", async () => {
    const error = await probe(service, () => new Promise<Error>(() => {})).catch((error) => error);
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.message).to.contain("does not respond").and.contain("SERVICE_URL");
    expect(error.message).not.to.contain("hidden");
  });

  it("does not connect to an invalid address", async () => {
    const check = (address: string) => {
      throw new Error(`${address} is odd`);
    };
    let tries = 0;
    const error = await probe({ ...service, check }, async () => ++tries).catch((error) => error);
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.message)
      .to.contain("SERVICE_URL is not an address of A service")
      .and.contain("SERVICE_URL=service://");
    expect(error.message).not.to.contain("hidden");
    expect(tries).to.equal(0);
  });
});
