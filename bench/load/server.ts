import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Usage } from "../entries/usage.ts";
import { receive } from "../process.ts";

/** A server in a separate process. */
export interface Server {
  url: string;
  /** URL of the service, which registers users. It differs if another framework runs on the same backends. */
  serviceUrl: string;
  usage(): Promise<Usage>;
  /** The CPU time since its start, in milliseconds. Collects no garbage: that would change what is measured next. */
  cpuTime(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts a server as `npm start` does, and discards its log.
 * @param entry a program of `entries/`
 * @throws if it does not start
 */
export async function startServer(environment: NodeJS.ProcessEnv, entry = "load-server.ts"): Promise<Server> {
  const child = spawn(
    process.execPath,
    ["--expose-gc", join(import.meta.dirname, "../../scripts/run.cjs"), join(import.meta.dirname, "../entries", entry)],
    { env: environment, stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
  const urls = await receive<Pick<Server, "url" | "serviceUrl">>(child, entry);
  const ask = (question: "usage" | "CPU time") => {
    const usage = receive<Usage>(child, entry);
    child.send(question);
    return usage;
  };
  return {
    ...urls,
    usage: () => ask("usage"),
    cpuTime: async () => (await ask("CPU time")).cpuMilliseconds,
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
