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
});
