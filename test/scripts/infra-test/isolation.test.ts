import { expect } from "chai";
import { checkReachable, moveStates, parseEndpoint } from "../../../scripts/infra-test/isolation.ts";
import { getObject, type Stack } from "../../../scripts/terraform/synthesis.ts";
import { expectCode } from "../../support/errors.ts";

const stack = (name: string, ...dependencies: string[]): Stack => ({
  name,
  folder: "",
  dependencies,
  configuration: { terraform: { backend: { local: { path: `../${name}.tfstate` } } } },
});

describe("infrastructure test: isolation", () => {
  it("accepts addresses of this machine, or none", () => {
    for (const address of [
      "http://127.0.0.1:5566",
      "http://localhost:4566",
      "http://[::1]:5000",
      "https://127.1.2.3",
    ]) {
      expect(parseEndpoint(address)).to.equal(address);
    }
    for (const none of [undefined, ""]) expect(parseEndpoint(none)).to.equal(undefined);
  });

  for (const address of [
    "https://sts.eu-west-1.amazonaws.com",
    "http://10.0.0.5:5566",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://user@example.com:80/127.0.0.1",
    "http://0.0.0.0:5566",
    "http://[::]:5566",
    "file:///tmp/socket",
    "127.0.0.1:5566",
    "not an address",
  ]) {
    it(`rejects ${address}`, () => expectCode("endpoint-not-loopback", () => parseEndpoint(address)));
  }

  it("reports an emulator that does not respond", async () => {
    await expectCode("emulator-unreachable", () => checkReachable("http://127.0.0.1:9"));
  });

  it("moves states, and updates the stacks that read them", () => {
    const reader = stack("reader", "writer");
    const source = { backend: "local", config: { path: "../writer.tfstate" } };
    reader.configuration.data = { terraform_remote_state: { input: source } };
    const [, moved] = moveStates("/states", [stack("writer"), reader]);
    expect(getObject(moved!.configuration, "terraform", "backend", "local").path).to.equal("/states/reader.tfstate");
    const input = getObject(moved!.configuration, "data", "terraform_remote_state", "input", "config");
    expect(input.path).to.equal("/states/writer.tfstate");
  });

  it("rejects a stack whose state is not in a local file", async () => {
    const configuration = { terraform: { cloud: { organization: "ecobeat" } } };
    await expectCode("stack-without-local-backend", () =>
      moveStates("/states", [{ ...stack("remote"), configuration }]),
    );
    const reader = stack("reader");
    reader.configuration.data = { terraform_remote_state: { other: { backend: "s3", config: { bucket: "b" } } } };
    await expectCode("stack-reads-unknown-state", () => moveStates("/states", [reader]));
  });
});
