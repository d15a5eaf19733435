/** What a process uses. */
export interface Usage {
  /** After a collection of garbage. */
  heapBytes: number;
  residentBytes: number;
  /** Processor time since its start. */
  cpuMilliseconds: number;
}

/** Tells the parent process where this one listens, and, whenever it asks, what this one uses. Needs `--expose-gc`. */
export function reportUsageTo(parent: NodeJS.Process, url: string): void {
  parent.on("message", () => {
    const { user, system } = process.cpuUsage();
    globalThis.gc!();
    const { heapUsed, rss } = process.memoryUsage();
    const usage: Usage = {
      heapBytes: heapUsed,
      residentBytes: rss,
      cpuMilliseconds: (user + system) / 1000,
    };
    parent.send!(usage);
  });
  parent.send!({ url });
}
