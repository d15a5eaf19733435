import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** What becomes of the log of a process: it is discarded, or goes to a pipe that this process reads. */
export type LogOutput = "ignore" | "pipe";

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
  { environment = {}, output = "ignore" }: { environment?: Record<string, string>; output?: LogOutput } = {},
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

/**
 * Runs a script of `processes/` in a process for each input. They take turns: each round runs all of them, in a random order, and one
 * at a time. So they meet the same disturbances, and none has what another has done to the code that both use.
 *
 * @returns the results of the rounds, by the names of the inputs
 * @throws if one fails
 */
export async function runInTurns<Name extends string, T>(
  script: string,
  inputs: Readonly<Record<Name, unknown>>,
  { rounds, output = "ignore" }: { rounds: number; output?: LogOutput },
): Promise<Record<Name, T[]>> {
  const names = Object.keys(inputs) as Name[];
  const processes = names.map((name) => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "processes", script), JSON.stringify(inputs[name])],
      { env: {}, stdio: ["ignore", output, "inherit", "ipc"] },
    );
    child.stdout?.resume();
    return { name, child, results: [] as T[] };
  });
  try {
    // Ready.
    await Promise.all(processes.map(({ child }) => receive(child, script)));
    for (let round = 0; round < rounds; round++) {
      const order = processes.map((each) => ({ each, rank: Math.random() })).sort((a, b) => a.rank - b.rank);
      for (const { each } of order) {
        each.child.send("run");
        each.results.push(await receive<T>(each.child, script));
      }
    }
  } finally {
    for (const { child } of processes) child.kill();
  }
  return Object.fromEntries(processes.map(({ name, results }) => [name, results])) as Record<Name, T[]>;
}

/** Waits for the next message of a process. */
export async function receive<T>(child: ChildProcess, name: string): Promise<T> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]) => message as T),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`${name} ended with ${code}.`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}
