import { expect } from "chai";
import { networkAddresses } from "../../../service/local/network-addresses.ts";

const at = (...addresses: string[]) => addresses.map((address) => ({ address, internal: false }));

describe("The addresses at which a phone finds this machine", () => {
  it("begin with a private IPv4 address of a real interface, and end with IPv6", () => {
    const interfaces = {
      lo: [{ address: "127.0.0.1", internal: true }],
      docker0: at("172.17.0.1"),
      tailscale0: at("100.64.0.7"),
      "vEthernet (WSL)": at("172.28.0.1"),
      eth0: at("203.0.113.9", "2001:db8::9", "fe80::1"),
      wlan0: at("169.254.10.1", "192.168.1.5"),
    };
    const ipv4 = ["192.168.1.5", "203.0.113.9", "172.17.0.1", "172.28.0.1", "100.64.0.7"];
    expect(networkAddresses("both", interfaces)).to.deep.equal([...ipv4, "2001:db8::9"]);
    expect(networkAddresses("IPv4", interfaces)).to.deep.equal(ipv4);
  });

  it("are IPv6 alone where there is nothing else, and none without a network", () => {
    const interfaces = { en0: at("fe80::1", "fd00::5") };
    expect(networkAddresses("both", interfaces)).to.deep.equal(["fd00::5"]);
    expect(networkAddresses("IPv4", interfaces)).to.deep.equal([]);
    expect(networkAddresses("both", { lo: [{ address: "::1", internal: true }] })).to.deep.equal([]);
  });

  it("count as private only within the ranges of RFC 1918", () => {
    const interfaces = { en0: at("172.15.0.1", "172.32.0.1", "172.31.255.1", "11.0.0.1", "10.0.0.1") };
    expect(networkAddresses("both", interfaces).slice(0, 2)).to.deep.equal(["172.31.255.1", "10.0.0.1"]);
  });
});
