import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The service in a process of its own. */
export interface ServiceProcess {
  readonly url: string;
  /** Ends it as a failure does: at once. */
  kill(): Promise<void>;
}

/** @param variables all that it is told */
export async function startServiceProcess(variables: NodeJS.ProcessEnv): Promise<ServiceProcess> {
  const child = fork(join(import.meta.dirname, "service.ts"), [], {
    execArgv: ["--import", "tsx"],
    env: variables,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let errors = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const ended = once(child, "close");
  const port = await Promise.race([once(child, "message"), ended.then(() => undefined)]);
  if (!port) throw new Error(`The service did not start: ${errors}`);
  return {
    url: `http://127.0.0.1:${port[0]}`,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
