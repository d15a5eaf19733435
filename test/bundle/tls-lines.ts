import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { parseEmbeddedMetrics } from "../support/embedded-metrics.ts";
import type { TlsServer } from "../support/tls-server.ts";

/** Names of a certificate that cover all hosts of the tests. */
export const hostNames = [
  "*.eu-west-1.amazonaws.com",
  "*.s3.eu-west-1.amazonaws.com",
  "*.cache.amazonaws.com",
  "*.mongodb.net",
]
  .map((name) => `DNS:${name}`)
  .concat("IP:127.0.0.1")
  .join();

/** Address of an AWS service. */
export const getEndpoint = (service: string, { port }: TlsServer) =>
  `https://${service}.eu-west-1.amazonaws.com:${port}`;

/** Option of Node.js with which every host is this machine. */
export const loopbackNames = `--require=${join(import.meta.dirname, "loopback-names.cjs")}`;

/** Versions of Node.js by their binaries. */
const versions = new Map([[process.execPath, process.version]]);

/** Node.js 20 does not announce sockets that start as TLS. */
export function announcesTls(node: string): boolean {
  const version = versions.get(node) ?? execFileSync(node, ["--version"], { encoding: "utf8" });
  versions.set(node, version);
  return !version.startsWith("v20.");
}

/** OpenSSL speaks TLS 1.1 only at its lowest security level. */
export const lowestLevel = "DEFAULT@SECLEVEL=0";

/** A log line about a TLS connection. */
export interface TlsLine {
  readonly dependency: string;
  readonly protocol: string;
}

/** The lines about TLS connections, each with its metric. */
export function toTlsLines(lines: Record<string, unknown>[]): TlsLine[] {
  const found = lines.filter(({ message }) => message === "TLS connection");
  for (const line of found) {
    const { dependency, protocol } = line;
    expect(parseEmbeddedMetrics(line)).to.deep.equal([
      {
        namespace: "Ecobeat",
        name: "TlsConnections",
        unit: "Count",
        dimensions: { dependency, protocol },
        values: [1],
      },
    ]);
  }
  return found as unknown as TlsLine[];
}

/** The same, of the standard output of a function. */
const parseTlsLines = (log: string): TlsLine[] =>
  toTlsLines(
    log
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );

/** Waits until a function has logged as many connections as servers have accepted. More or fewer end in a timeout of the test. */
export async function awaitTlsLines(log: () => string, servers: readonly TlsServer[]): Promise<TlsLine[]> {
  const count = () => servers.reduce((sum, { versions }) => sum + versions.length, 0);
  while (parseTlsLines(log()).length !== count()) await setTimeout(20);
  return parseTlsLines(log());
}
