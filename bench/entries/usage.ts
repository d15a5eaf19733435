/** The resources that a process uses. */
export interface Usage {
  /** After garbage collection, if the usage was asked for with it. */
  heapBytes: number;
  residentBytes: number;
  /** CPU time since its start. */
  cpuMilliseconds: number;
}

/**
 * Sends the parent process this one's URL, and its usage on each request. Needs `--expose-gc`.
 * @param serviceUrl where the service registers users; @default the same
 */
export function reportUsageTo(parent: NodeJS.Process, url: string, serviceUrl = url): void {
  parent.on("message", (question) => {
    const { user, system } = process.cpuUsage();
    if (question === "usage") globalThis.gc!();
    const { heapUsed, rss } = process.memoryUsage();
    const usage: Usage = { heapBytes: heapUsed, residentBytes: rss, cpuMilliseconds: (user + system) / 1000 };
    parent.send!(usage);
  });
  parent.send!({ url, serviceUrl });
}
