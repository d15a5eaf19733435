import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Cell, Outcome } from "./cell.ts";
import type { RealServices } from "./rig.ts";

interface Reply {
  outcome?: Outcome;
  error?: unknown;
}

interface Waiting {
  cell: Cell;
  settle(reply: Promise<Reply>): void;
}

/** Processes that run cells, one at a time each. Most of the time they wait, so there may be more than processors. */
export class CellPool {
  readonly #workers: ChildProcess[];
  readonly #waiting: Waiting[] = [];

  /** @param size how many processes */
  constructor(size: number, services: RealServices) {
    this.#workers = Array.from({ length: size }, () =>
      fork("scripts/run.cjs", [`${import.meta.dirname}/worker.ts`, JSON.stringify(services)], {
        // As mocha's own processes: there are others to run while these collect garbage.
        execArgv: ["--max-lazy", "--single-threaded-gc"],
        serialization: "advanced",
      }),
    );
  }

  /** Runs all cells, in turn. @returns the outcome of each, as soon as it is known */
  run(cells: readonly Cell[]): Promise<Outcome>[] {
    const replies = cells.map((cell) => new Promise<Reply>((settle) => this.#waiting.push({ cell, settle })));
    for (const worker of this.#workers) void this.#serve(worker);
    return replies.map(async (reply) => {
      const { outcome, error } = await reply;
      if (!outcome) throw error;
      return outcome;
    });
  }

  async #serve(worker: ChildProcess): Promise<void> {
    const ended = once(worker, "exit").then(([code]) => ({ error: new Error(`the process ended with ${code}`) }));
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const reply = new Promise<Reply>((resolve) => worker.once("message", (message) => resolve(message as Reply)));
      worker.send(next.cell);
      next.settle(Promise.race([reply, ended]));
      await Promise.race([reply, ended]);
    }
  }

  async stop(): Promise<void> {
    const connected = this.#workers.filter((worker) => worker.connected);
    const ended = connected.map((worker) => once(worker, "exit"));
    for (const worker of connected) worker.disconnect();
    await Promise.all(ended);
  }
}
