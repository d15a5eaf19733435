import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Usage } from "../entries/usage.ts";

/** A server in a separate process. */
export interface Server {
  url: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

/**
 * Starts a server of `entries/` and discards its log.
 * @throws if it does not start
 */
export async function startServer(entry: string, environment: NodeJS.ProcessEnv): Promise<Server> {
  const child = spawn(
    process.execPath,
    ["--expose-gc", "--import", "tsx", join(import.meta.dirname, "..", "entries", entry)],
    { env: environment, stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
  const { url } = await receive<{ url: string }>(child, entry);
  return {
    url,
    usage() {
      const usage = receive<Usage>(child, entry);
      child.send("usage");
      return usage;
    },
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Does work, and measures the CPU time that a server spends meanwhile. */
export async function measureCpuTime<T>(
  server: Server,
  work: () => Promise<T>,
): Promise<{ result: T; cpuMilliseconds: number }> {
  const before = await server.usage();
  const result = await work();
  const after = await server.usage();
  return { result, cpuMilliseconds: after.cpuMilliseconds - before.cpuMilliseconds };
}

/** Waits for the next message of a process. */
async function receive<T>(child: ChildProcess, entry: string): Promise<T> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]) => message as T),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`${entry} ended with ${code}`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}
