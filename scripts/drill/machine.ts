import { cpus, totalmem } from "node:os";

/** What figures were measured on, for people. */
export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;
