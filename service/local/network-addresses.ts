import { isIPv4 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

type Interfaces = NodeJS.Dict<Pick<NetworkInterfaceInfo, "address" | "internal">[]>;

/**
 * Interfaces to containers, virtual machines or tunnels, which no phone is on: Docker, libvirt, VirtualBox, VMware,
 * Hyper-V and WSL, Parallels and the bridges of macOS, Kubernetes, WireGuard, Tailscale, ZeroTier, and other VPNs.
 */
const virtualInterfaces =
  /^(docker|br-|veth|virbr|vboxnet|vmnet|vmenet|vethernet|bridge|cni|flannel|cali|wg|tailscale|zt|utun|tun|tap|ppp)|virtualbox|vmware/i;

/** RFC 1918. */
const privateIPv4 = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;
/** Link-local addresses (RFC 3927 and RFC 4291). Those of IPv6 are valid only with the name of the interface. */
const linkLocal = /^(169\.254\.|fe[89ab])/i;

/**
 * The addresses at which other devices may reach this machine, the most likely first: private IPv4 of a physical interface, other
 * IPv4, then IPv6.
 * @param families the families that the server listens on
 */
export function networkAddresses(families: "IPv4" | "both", interfaces: Interfaces = networkInterfaces()): string[] {
  return Object.entries(interfaces)
    .flatMap(([name, addresses = []]) => addresses.map((info) => ({ ...info, name })))
    .filter(({ address, internal }) => !internal && !linkLocal.test(address))
    .filter(({ address }) => families === "both" || isIPv4(address))
    .toSorted((a, b) => rankAddress(a) - rankAddress(b))
    .map(({ address }) => address);
}

const rankAddress = ({ name, address }: { name: string; address: string }): number =>
  (isIPv4(address) ? 0 : 4) + (virtualInterfaces.test(name) ? 2 : 0) + (privateIPv4.test(address) ? 0 : 1);
