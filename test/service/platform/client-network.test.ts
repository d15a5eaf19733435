import { expect } from "chai";
import { clientAddress, clientNetwork } from "../../../service/platform/client-network.ts";

describe("The address of a client", () => {
  const request = (forwarded?: string) =>
    ({ socket: { remoteAddress: "192.0.2.1" }, headers: { "x-forwarded-for": forwarded } }) as never;

  it("is the connection's where no proxy is trusted, whatever the client writes", () => {
    expect(clientAddress(request("198.51.100.9"), 0)).to.equal("192.0.2.1");
  });

  it("is what the outermost trusted proxy saw", () => {
    // The client wrote the first, CloudFront the second, API Gateway the third.
    expect(clientAddress(request("198.51.100.9, 203.0.113.7, 192.0.2.1"), 2)).to.equal("203.0.113.7");
    expect(clientAddress(request("203.0.113.7,192.0.2.1"), 2)).to.equal("203.0.113.7");
  });

  it("is the farthest known when proxies did not write", () => {
    expect(clientAddress(request(), 2)).to.equal("192.0.2.1");
    expect(clientAddress(request(" , "), 2)).to.equal("192.0.2.1");
  });
});

describe("The network of a client", () => {
  for (const [address, network] of [
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:200:3:4:5:6", "2001:db8:1:200::/56"],
    ["2001:db8:1:2ff:3:4:5:6", "2001:db8:1:200::/56"],
    ["2001:db8:1:300:3:4:5:6", "2001:db8:1:300::/56"],
    ["2001:db8:1:ff01::1", "2001:db8:1:ff00::/56"],
    ["2001:0db8:0001:0012:ffff::1", "2001:db8:1:0::/56"],
    ["2001:DB8::1", "2001:db8:0:0::/56"],
    ["::1", "0:0:0:0::/56"],
    ["fe80::1%eth0", "fe80:0:0:0::/56"],
    ["unknown", "unknown"],
    ["2001:db8::1::2", "2001:db8::1::2"],
    ["12345::", "12345::"],
    ["203.0.113.7:443", "203.0.113.7:443"],
  ] as const) {
    it(`of ${address} is ${network}`, () => expect(clientNetwork(address)).to.equal(network));
  }
});
