import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/**
 * Runs a script of `processes/` in a new Node.js process.
 *
 * @param input is passed to the script
 * @param output discards its log, or sends it to a pipe that this process reads. To wake the reader costs the writer more than all
 *   its own work on the line, by an amount that depends on the machine.
 * @returns the script's result
 * @throws if it fails
 */
export async function runProcess<T>(
  script: string,
  input: unknown,
  { environment = {}, output = "ignore" }: { environment?: Record<string, string>; output?: "ignore" | "pipe" } = {},
): Promise<T> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "processes", script), JSON.stringify(input)], {
    env: environment,
    stdio: ["ignore", output, "pipe", "pipe"],
  });
  child.stdout?.resume();
  const [errors, result, [code]] = await Promise.all([
    text(child.stderr!),
    text(child.stdio[3] as Readable),
    once(child, "close"),
  ]);
  if (code !== 0) throw new Error(`${script} failed:\n${errors.slice(-2_000)}`);
  return JSON.parse(result) as T;
}
