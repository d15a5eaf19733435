import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

const run = promisify(execFile);

/** Any address of this machine that no name server uses. */
const address = "127.0.0.99";

/** Of the C library, for each of its two attempts. */
const defaultTimeoutMilliseconds = 5_000;

describe("The look-up of a host", () => {
  const folder = useTemporaryFolder();

  it("ends within seconds when the name server is silent", async function () {
    // Replaces /etc/resolv.conf for one process, which only the administrator of a Linux machine may do.
    const isAllowed =
      process.getuid?.() === 0 && (await run("unshare", ["--mount", "true"]).then(Boolean, () => false));
    if (!isAllowed) return this.skip();
    const file = join(folder(), "resolv.conf");
    await writeFile(file, `nameserver ${address}\n`);
    const script = join(import.meta.dirname, "../../support/look-up-in-silence.ts");
    const { RES_OPTIONS, ...environment } = process.env;
    const child = spawn(
      "unshare",
      [
        ...["--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file],
        ...[process.execPath, "scripts/run.cjs", script, address],
      ],
      { env: environment, stdio: ["ignore", "pipe", "inherit"] },
    );
    const ended = once(child, "exit");
    const outcome = await Promise.race([text(child.stdout), wait(2 * defaultTimeoutMilliseconds, "still waiting")]);
    child.kill();
    await ended;
    // Each attempt asks for the addresses of both versions.
    expect(outcome).to.equal('{"error":"EAI_AGAIN","questions":4}\n');
  });
});
