import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { shareFolder } from "./shared-folder.ts";

describe("A folder that tests share", () => {
  it("is filled once, and complete for all who ask at the same time", async () => {
    const name = `test-${randomUUID()}`;
    let fills = 0;
    const fill = async (folder: string) => {
      fills += 1;
      await new Promise(setImmediate);
      await writeFile(join(folder, "file"), "complete");
    };
    const folders = await Promise.all(Array.from({ length: 5 }, () => shareFolder(name, fill)));
    expect(fills).to.equal(1);
    expect(new Set(folders).size).to.equal(1);
    expect(await readFile(join(folders[0]!, "file"), "utf8")).to.equal("complete");
  });

  it("is filled by the next who asks if the first failed", async () => {
    const name = `test-${randomUUID()}`;
    const failure = await shareFolder(name, () => Promise.reject(new Error("no space left"))).catch((error) => error);
    expect(failure.message).to.equal("no space left");
    const folder = await shareFolder(name, (made) => writeFile(join(made, "file"), "complete"));
    expect(await readFile(join(folder, "file"), "utf8")).to.equal("complete");
  });
});
