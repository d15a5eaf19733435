import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { startServer } from "./server-process.ts";

describe("A local server whose file system is gone", () => {
  const folder = useTemporaryFolder();

  it("names the data folder, and ends", async () => {
    // A reader of a pipe waits for its writer, as for a network drive that is gone.
    const endsFor = async (name: string) => {
      const data = join(folder(), name);
      await mkdir(data, { mode: 0o700 });
      execFileSync("mkfifo", [join(data, name)]);
      const { output, code } = await (await startServer(data)).ended;
      expect(output).to.contain(`The data folder ${data} cannot be used: the file system did not respond`);
      // Killed, since exiting would wait, too.
      expect(code).to.equal(null);
    };
    await Promise.all(["lock", "sessions.json", "signing-key.pem", "refresh-token-pepper"].map(endsFor));
  });
});
