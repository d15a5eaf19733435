import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Usage } from "../entries/usage.ts";

/** A server in a process of its own. */
export interface Server {
  url: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

/**
 * Starts a server of `entries/`; its log goes nowhere.
 * @throws if it does not start
 */
export async function startServer(entry: string, environment: NodeJS.ProcessEnv): Promise<Server> {
  const child = spawn(
    process.execPath,
    ["--expose-gc", "--import", "tsx", join(import.meta.dirname, "..", "entries", entry)],
    { env: environment, stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
  const { url } = await message<{ url: string }>(child, entry);
  return {
    url,
    usage() {
      const answer = message<Usage>(child, entry);
      child.send("usage");
      return answer;
    },
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** The next message of a process. */
async function message<T>(child: ChildProcess, entry: string): Promise<T> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([told]) => told as T),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`${entry} ended with ${code}`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}
