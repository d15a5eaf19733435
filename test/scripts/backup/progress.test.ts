import { expect } from "chai";
import { ProgressLines } from "../../../scripts/backup/progress.ts";

describe("The progress of backups", () => {
  let written: string[];
  let now: number;

  function start(isTTY: boolean): ProgressLines {
    [written, now] = [[], 1_000_000];
    const stream = { write: (text: string) => written.push(text) > 0, isTTY };
    const progress = new ProgressLines(stream, () => now);
    progress.begin("dump", 10_000);
    return progress;
  }
  function advance(progress: ProgressLines, seconds: number, documents: number): void {
    now += seconds * 1_000;
    progress.advance(documents);
  }

  it("is one line with rate and remaining time on a terminal, overwritten ten times a second", () => {
    const progress = start(true);
    advance(progress, 0.05, 100);
    advance(progress, 0.95, 900);
    advance(progress, 1, 0);
    progress.finish("users", 1_000);
    expect(written).to.deep.equal([
      "\x1b[Kdump: 1000 of 10000 documents, 1000/s, 9 s left\r",
      "\x1b[Kdump: 1000 of 10000 documents, 500/s, 18 s left\r",
      "\x1b[Kdump users: 1000 documents\n",
    ]);
  });

  it("is a plain line every ten seconds elsewhere", () => {
    const progress = start(false);
    for (let i = 0; i < 25; i++) advance(progress, 1, 10);
    progress.finish("users", 250);
    expect(written).to.deep.equal([
      "dump: 100 of 10000 documents, 10/s, 16 min 30 s left\n",
      "dump: 200 of 10000 documents, 10/s, 16 min 20 s left\n",
      "dump users: 250 documents\n",
    ]);
  });

  it("has no remaining time if there are more documents than expected, or the number is unknown", () => {
    const progress = start(false);
    advance(progress, 10, 20_000);
    progress.begin("check", 0);
    advance(progress, 10, 100);
    expect(written).to.deep.equal(["dump: 20000 of 10000 documents, 2000/s\n", "check: 100 documents, 10/s\n"]);
  });
});
