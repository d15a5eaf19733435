import type { MongoClient } from "mongodb";
import type { EndCall, Tracing } from "./tracing.ts";

/** The driver's command events. */
type CommandEvents = Pick<MongoClient, "on">;

/**
 * Traces each command, by name only. The client must have the option `monitorCommands`:
 * https://www.mongodb.com/docs/drivers/node/current/monitoring-and-logging/monitoring/#command-monitoring
 */
export function traceCommands(client: CommandEvents, tracing: Tracing): void {
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
