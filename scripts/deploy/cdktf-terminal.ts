import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Whether the CDKTF CLI starts on this Node.js: its package for terminals comes compiled for some versions alone, and
 * `npm ci --ignore-scripts` does not compile it for others.
 */
export async function hasCdktfTerminal(): Promise<boolean> {
  // In a process of its own, since the package prints a stack trace.
  const script = 'require("@cdktf/node-pty-prebuilt-multiarch")';
  return promisify(execFile)(process.execPath, ["-e", script]).then(
    () => true,
    () => false,
  );
}
