import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Usage } from "../entries/usage.ts";
import { receive } from "../process.ts";

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
  const { url } = await receive<{ url: string }>(child, "The load server");
  return {
    url,
    usage() {
      const usage = receive<Usage>(child, "The load server");
      child.send("usage");
      return usage;
    },
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
