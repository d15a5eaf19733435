import { stat } from "node:fs/promises";
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
});
