import type { MongoClient } from "mongodb";
import type { Metrics } from "./metrics.ts";

/** The driver's connection pool events. */
type PoolEvents = Pick<MongoClient, "on">;

/**
 * Measures how many connections a client has in use, and how long it waits for one:
 * https://www.mongodb.com/docs/drivers/node/current/monitoring-and-logging/monitoring/#connection-pool-monitoring
 */
export function measurePool(client: PoolEvents, metrics: Metrics): void {
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
