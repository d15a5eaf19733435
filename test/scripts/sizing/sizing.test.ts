import { expect } from "chai";
import { formatTables } from "../../../scripts/sizing/right-size.ts";
import {
  computeUsdPerMillion,
  type MeasuredGroup,
  type MeasuredSize,
  recommend,
  type Sample,
  summarize,
} from "../../../scripts/sizing/sizing.ts";

const group = "GET /a?<b>&c";

/** Warm invocations with these durations. */
const samples = (memoryMb: number, durations: readonly number[], usedMb = 100): Sample[] =>
  durations.map((durationMs) => ({
    group,
    requestId: "r",
    durationMs,
    billedMs: Math.ceil(durationMs),
    memoryMb,
    usedMb,
    failed: false,
  }));

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

describe("The figures of a route at a memory size", () => {
  it("has percentiles, billed duration and price of warm requests only", () => {
    const cold = samples(512, [5_000]).map((each) => ({ ...each, initMs: 700 }));
    const [measured] = summarize([...cold, ...samples(512, hundred.toReversed())]);
    expect(measured!.sizes[0]).to.deep.equal({
      memoryMb: 512,
      requests: 100,
      p50Ms: 51,
      p95Ms: 96,
      p99Ms: 100,
      billedMs: 50.5,
      coldStarts: 1,
      initMs: 700,
      maxUsedMb: 100,
      failures: 0,
      usdPerMillion: computeUsdPerMillion(512, 50.5),
    });
  });

  it("include 0.2 dollars for a million requests, and their duration", () => {
    // 1,000,000 x 0.1 s x 0.5 GB = 50,000 GB-seconds at 0.0000133334, or 0.0000166667
    expect(computeUsdPerMillion(512, 100, "arm64")).to.be.closeTo(0.2 + 0.66667, 1e-9);
    expect(computeUsdPerMillion(512, 100, "x64")).to.be.closeTo(0.2 + 0.833335, 1e-9);
  });
});

describe("The recommended size", () => {
  const [
    {
      sizes: [template],
    },
  ] = summarize(samples(512, hundred)) as [MeasuredGroup];
  const size = (memoryMb: number, p95Ms: number, usdPerMillion: number, more: Partial<MeasuredSize> = {}) => ({
    ...template!,
    requests: 50,
    memoryMb,
    p95Ms,
    usdPerMillion,
    ...more,
  });

  it("is the cheapest within 10 % of the fastest", () => {
    expect(recommend([size(512, 40, 1), size(1_024, 22, 2), size(2_048, 20, 3)]).memoryMb).to.equal(1_024);
    expect(recommend([size(512, 40, 1), size(1_024, 22.1, 2), size(2_048, 20, 3)]).memoryMb).to.equal(2_048);
    expect(recommend([size(512, 20, 2), size(1_024, 20, 1)]).memoryMb).to.equal(1_024);
  });

  it("has a fifth of its memory free", () => {
    const sizes = (maxUsedMb: number) => [size(500, 20, 1, { maxUsedMb }), size(1_000, 20, 2)];
    expect(recommend(sizes(399)).memoryMb).to.equal(500);
    expect(recommend(sizes(400)).memoryMb).to.equal(1_000);
    const full = [size(128, 20, 1, { maxUsedMb: 128 }), size(129, 20, 2, { maxUsedMb: 128 })];
    expect(recommend(full)).to.deep.equal({
      reason: "none: every size uses more than 80 % of its memory. Measure larger sizes.",
    });
  });

  it("is none with too few requests, too few sizes or a failure, with the reason", () => {
    const few = recommend([size(512, 20, 1, { requests: 49 }), size(1_024, 20, 2)]);
    expect(few).to.deep.equal({ reason: "none: at least two sizes need 50 warm requests each." });
    expect(recommend([size(512, 20, 1)]).memoryMb).to.equal(undefined);
    const failed = recommend([size(512, 20, 1, { failures: 1 }), size(1_024, 20, 2), size(2_048, 20, 2)]);
    expect(failed).to.not.have.property("memoryMb");
    expect(failed.reason).to.contain("requests failed at 512 MB");
  });
});

describe("The report on sizes", () => {
  const groups = summarize([
    ...samples(1_024, hundred),
    ...samples(
      512,
      hundred.map((each) => each * 2),
    ),
    ...samples(2_048, hundred),
  ]);

  it("has a table, the smallest size first, with the recommended one marked", () => {
    const lines = formatTables(groups).split("\n");
    expect(lines[0]).to.equal(group);
    expect(lines.slice(2, 5).map((line) => line.trim().split(/ +/)[0])).to.deep.equal(["512", "1024", "2048"]);
    expect(lines.slice(2, 5).map((line) => line.endsWith("<"))).to.deep.equal([false, true, false]);
    expect(lines.every((line) => line.length <= 100)).to.equal(true);
    const cold = { ...samples(512, [1])[0]!, initMs: 1 };
    expect(formatTables(summarize([cold]))).to.not.contain("NaN");
  });
});
