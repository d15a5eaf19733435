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
 * Starts the load server and discards its log.
 * @throws if it does not start
 */
export async function startServer(environment: NodeJS.ProcessEnv): Promise<Server> {
  const child = spawn(
    process.execPath,
    ["--expose-gc", "--import", "tsx", join(import.meta.dirname, "../entries/load-server.ts")],
    { env: environment, stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
  const { url } = await receive<{ url: string }>(child);
  return {
    url,
    usage() {
      const usage = receive<Usage>(child);
      child.send("usage");
      return usage;
    },
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Waits for the next message of a process. */
async function receive<T>(child: ChildProcess): Promise<T> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]) => message as T),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`The load server ended with ${code}.`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}
