import { expect } from "chai";
import { ProgressReporter, withProgress } from "../../../scripts/cli/progress.ts";

describe("The progress of long work", () => {
  let written: string[];
  let now: number;

  function create(terminal: { isTTY?: boolean; columns?: number }, type = "xterm"): ProgressReporter {
    [written, now] = [[], 1_000_000];
    return new ProgressReporter({ write: (text: string) => written.push(text), ...terminal }, () => now, type);
  }
  function start(terminal: { isTTY?: boolean; columns?: number }, type?: string): ProgressReporter {
    const progress = create(terminal, type);
    progress.begin("dump", 10_000, "documents");
    return progress;
  }
  function advance(progress: ProgressReporter, seconds: number, units: number): void {
    now += seconds * 1_000;
    progress.advance(units);
  }
  const erase = "\r\x1b[K";

  it("is a bar with percentage, rate and remaining time in a terminal, redrawn ten times a second", () => {
    const progress = start({ isTTY: true, columns: 100 });
    advance(progress, 0.05, 100);
    advance(progress, 0.95, 2_400);
    advance(progress, 1, 0);
    expect(written).to.deep.equal([
      `${erase}[#####---------------] dump: 25%, 2500 of 10000 documents, 2500/s, 3 s left\r`,
      `${erase}[#####---------------] dump: 25%, 2500 of 10000 documents, 1250/s, 6 s left\r`,
    ]);
  });

  it("erases the bar before a line and at the end, and only once", () => {
    const progress = start({ isTTY: true });
    advance(progress, 1, 1_000);
    progress.finish("users", 1_000);
    progress.erase();
    advance(progress, 1, 1_000);
    progress.end();
    progress.end();
    const [first, second, ...rest] = written.filter((text) => text.startsWith("\r\x1b[K["));
    expect(rest).to.deep.equal([]);
    expect(written).to.deep.equal([first, erase, "dump users: 1000 documents\n", second, erase]);
    // Nothing is reported after the end.
    advance(progress, 10, 1);
    expect(written).to.have.length(5);
  });

  it("never fills a line of the terminal, which would wrap", () => {
    const progress = start({ isTTY: true, columns: 40 });
    advance(progress, 1, 1_000);
    expect(written).to.deep.equal([`${erase}[##------------------] dump: 10%, 1000 \r`]);
  });

  it("is a plain line every ten seconds in a pipe, and in a terminal that cannot move its cursor", () => {
    for (const progress of [() => start({}), () => start({ isTTY: true }, "dumb")]) {
      const started = progress();
      for (let i = 0; i < 25; i++) advance(started, 1, 10);
      started.finish("users", 250);
      started.end();
      expect(written).to.deep.equal([
        "dump: 1%, 100 of 10000 documents, 10/s, 16 min 30 s left\n",
        "dump: 2%, 200 of 10000 documents, 10/s, 16 min 20 s left\n",
        "dump users: 250 documents\n",
      ]);
    }
  });

  it("has no remaining time if there are more units than expected, or the number is unknown, or none is done", () => {
    const progress = start({});
    advance(progress, 10, 20_000);
    progress.begin("check", 0, "documents");
    advance(progress, 10, 100);
    progress.begin("compare", 100, "documents");
    advance(progress, 10, 0);
    expect(written).to.deep.equal([
      "dump: 100%, 20000 of 10000 documents, 2000/s\n",
      "check: 100 documents, 10/s\n",
      "compare: 0%, 0 of 100 documents, 0/s\n",
    ]);
  });

  it("is in megabytes for bytes, and the elapsed time for work that is not counted", () => {
    const progress = create({});
    progress.begin("download api", 60_000_000, "bytes");
    advance(progress, 10, 15_000_000);
    progress.begin("create indexes");
    now += 70_000;
    progress.tick();
    expect(written).to.deep.equal([
      "download api: 25%, 15.0 of 60.0 MB, 1.5 MB/s, 30 s left\n",
      "create indexes: 1 min 10 s\n",
    ]);
  });

  it("ends with the work, even if that fails", async () => {
    const progress = start({ isTTY: true });
    const failure = new Error("failed");
    const work = async () => {
      advance(progress, 1, 100);
      throw failure;
    };
    expect(await withProgress(work, progress).catch((error: unknown) => error)).to.equal(failure);
    expect(written).to.have.length(2);
    expect(written[1]).to.equal(erase);
  });
});
