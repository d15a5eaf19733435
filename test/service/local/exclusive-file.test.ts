import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createExclusively } from "../../../service/local/exclusive-file.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

describe("Creating a file exclusively", () => {
  const folder = useTemporaryFolder();

  it("shows the whole file or none", async () => {
    const path = join(folder(), "file");
    const text = "x".repeat(30_000_000);
    let isDone = false;
    const created = createExclusively(path, text).finally(() => {
      isDone = true;
    });
    const sizes = new Set<number | undefined>();
    while (!isDone) sizes.add((await stat(path).catch(() => undefined))?.size);
    expect(await created).to.equal(true);
    expect([...sizes].filter((size) => size !== undefined && size !== text.length)).to.deep.equal([]);
    expect(sizes).to.include(undefined);
  });

  it("succeeds for one of 20 concurrent calls, and leaves no other file", async () => {
    const path = join(folder(), "file");
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => createExclusively(path, `${i}`)));
    expect(results.filter(Boolean)).to.have.length(1);
    expect(await readdir(folder())).to.deep.equal(["file"]);
  });
});
