import { subscribe } from "node:diagnostics_channel";
import type { TLSSocket } from "node:tls";
import { dependencyNames, tlsConnectionMetric } from "../contract.ts";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logging.ts";
import { embeddedMetrics } from "./metrics.ts";

/** An endpoint of an AWS service: `kms.eu-west-1.amazonaws.com`, or `bucket.s3.eu-west-1.amazonaws.com`. */
const awsEndpoint = /(?:^|\.)([a-z0-9-]+)\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com$/;

/** The value of the metric's dimension for a host: there are few, because each is billed. */
function getDependency(host: string): string {
  if (host.endsWith(".mongodb.net")) return dependencyNames.database;
  if (host.endsWith(".cache.amazonaws.com")) return dependencyNames.redis;
  return awsEndpoint.exec(host)?.[1] ?? "other";
}

/** Logs and counts a connection by the TLS version that both ends have negotiated, such as `TLSv1.3`. */
export function logTlsConnection(log: Logger, clock: Clock, host: string, protocol: string): void {
  const dimensions = { dependency: getDependency(host), protocol };
  const metrics = embeddedMetrics(clock(), { [tlsConnectionMetric]: { unit: "Count", value: 1 } }, dimensions);
  log.write("info", "TLS connection", { host, ...metrics });
}

/**
 * Logs each TLS connection of the process once, after its handshake. No client or request knows of it: Node.js publishes each new socket
 * on a channel, https://nodejs.org/api/diagnostics_channel.html#event-netclientsocket. Current releases of 22 and 24 also publish those
 * of `tls.connect`: https://github.com/nodejs/node/pull/58349. On Node.js 20, this logs none.
 */
export function logTlsConnections(log: Logger, clock: Clock): void {
  subscribe("net.client.socket", (message) => {
    const { socket } = message as { socket: TLSSocket };
    if (!socket.encrypted) return;
    // An address is not looked up.
    let host: string | undefined;
    socket.once("lookup", (_error, _address, _family, name) => {
      host = name;
    });
    socket.once("secureConnect", () =>
      logTlsConnection(log, clock, host ?? socket.remoteAddress!, socket.getProtocol()!),
    );
  });
}
