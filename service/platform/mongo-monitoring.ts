import type { MongoClient } from "mongodb";
import type { Metrics } from "./metrics.ts";
import type { EndCall, Tracing } from "./tracing.ts";

/** The driver's events. */
type MonitoredClient = Pick<MongoClient, "on">;

/**
 * Measures how many connections a client has in use, and how long it waits for one:
 * https://www.mongodb.com/docs/drivers/node/current/monitoring-and-logging/monitoring/#connection-pool-monitoring
 */
export function measurePool(client: MonitoredClient, metrics: Metrics): void {
  let inUse = 0;
  client.on("connectionCheckedOut", ({ durationMS }) => {
    inUse += 1;
    metrics.peak("DatabasePoolInUse", inUse);
    metrics.peak("DatabasePoolWait", durationMS);
  });
  client.on("connectionCheckOutFailed", ({ durationMS }) => metrics.peak("DatabasePoolWait", durationMS));
  client.on("connectionCheckedIn", () => {
    inUse -= 1;
  });
}

/**
 * Traces each command, by name only. The client must have the option `monitorCommands`:
 * https://www.mongodb.com/docs/drivers/node/current/monitoring-and-logging/monitoring/#command-monitoring
 */
export function traceCommands(client: MonitoredClient, tracing: Tracing): void {
  const running = new Map<number, EndCall>();
  const end = (requestId: number, error?: unknown) => {
    running.get(requestId)?.(error);
    running.delete(requestId);
  };
  client.on("commandStarted", ({ requestId, commandName }) => {
    running.set(requestId, tracing.begin({ to: "MongoDB", operation: commandName }));
  });
  client.on("commandSucceeded", ({ requestId }) => end(requestId));
  client.on("commandFailed", ({ requestId, failure }) => end(requestId, failure));
}
