import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";

/**
 * Runs a script of `processes/` in a fresh Node, and gives what it wrote to file descriptor 3.
 *
 * @param input what the script finds, as JSON, in its first argument
 * @param output where its log goes: nowhere, or into a pipe that this process reads. Waking the reader of a pipe costs
 *   the writer more than all its own work on the line, by an amount that depends on the machine.
 * @throws if it fails
 */
export async function runProcess<T>(
  script: string,
  input: unknown,
  {
    environment = {},
    output = "ignore",
  }: { environment?: Record<string, string>; output?: "ignore" | "pipe" } = {},
): Promise<T> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "processes", script), JSON.stringify(input)],
    { env: environment, stdio: ["ignore", output, "pipe", "pipe"] },
  );
  const [errors, result] = [gather(child.stderr!), gather(child.stdio[3] as Readable)];
  child.stdout?.resume();
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${script} failed:\n${errors().slice(-2_000)}`);
  return JSON.parse(result()) as T;
}

function gather(stream: Readable): () => string {
  const chunks: string[] = [];
  stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  return () => chunks.join("");
}
