import { expect } from "chai";
import { checkReachable, moveStates, parseEndpoint } from "../../../scripts/infra-test/isolation.ts";
import { getObject, type Stack } from "../../../scripts/terraform/synthesis.ts";

const stack = (name: string, ...dependencies: string[]): Stack => ({
  name,
  folder: "",
  dependencies,
  configuration: { terraform: { backend: { local: { path: `../${name}.tfstate` } } } },
});

describe("infrastructure test: isolation", () => {
  for (const address of [
    "http://127.0.0.1:5566",
    "http://localhost:4566",
    "http://[::1]:5000",
    "https://127.1.2.3",
  ]) {
    it(`accepts ${address}`, () => expect(parseEndpoint(address)).to.equal(address));
  }

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
    it(`refuses ${address}`, () => {
      expect(() => parseEndpoint(address))
        .to.throw(`Refused to apply on AWS_ENDPOINT_URL=${address}`)
        .with.property("message")
        .that.contains("unset it to plan without applying");
    });
  }

  it("applies nowhere when no endpoint is set", () => {
    expect(parseEndpoint(undefined)).to.equal(undefined);
    expect(parseEndpoint("")).to.equal(undefined);
  });

  it("says so when the emulator does not answer", async () => {
    const error = await checkReachable("http://127.0.0.1:9").catch((reason: Error) => reason);
    expect(error)
      .to.have.property("message")
      .that.contains("No answer from AWS_ENDPOINT_URL=http://127.0.0.1:9");
  });

  it("moves states together with what reads them", () => {
    const reader = stack("reader", "writer");
    const source = { backend: "local", config: { path: "../writer.tfstate" } };
    reader.configuration.data = { terraform_remote_state: { input: source } };
    const [, moved] = moveStates("/states", [stack("writer"), reader]);
    expect(getObject(moved!.configuration, "terraform", "backend", "local").path).to.equal(
      "/states/reader.tfstate",
    );
    const input = getObject(moved!.configuration, "data", "terraform_remote_state", "input", "config");
    expect(input.path).to.equal("/states/writer.tfstate");
  });

  it("refuses a stack whose state is not in a local file", () => {
    const remote = {
      ...stack("remote"),
      configuration: { terraform: { cloud: { organization: "ecobeat" } } },
    };
    expect(() => moveStates("/states", [remote])).to.throw("remote has no local backend");
    const reader = stack("reader");
    reader.configuration.data = {
      terraform_remote_state: { other: { backend: "s3", config: { bucket: "b" } } },
    };
    expect(() => moveStates("/states", [reader])).to.throw(
      "reader reads a state that no stack of the app writes",
    );
  });
});
