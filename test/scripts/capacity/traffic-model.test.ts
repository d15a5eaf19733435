import { expect } from "chai";
import { pickRequestKind } from "../../../bench/load/virtual-user.ts";
import { parsePush } from "../../../scripts/capacity/commands.ts";
import {
  firstScreen,
  getColdStarts,
  getNeededRate,
  getPeakOpenings,
  getRates,
  getShare,
  requestKinds,
  requestMix,
  requestsPerOpening,
  traffic,
} from "../../../scripts/capacity/traffic-model.ts";
import { assumptions } from "../../../scripts/cost/traffic.ts";

describe("traffic model", () => {
  it("has shares that add up, and a first screen within an opening", () => {
    expect(requestKinds.reduce((sum, kind) => sum + requestMix[kind], 0)).to.equal(100);
    expect(requestsPerOpening).to.equal(10);
    for (const kind of firstScreen) expect(getShare(kind) * requestsPerOpening, kind).to.be.at.least(1);
  });

  it("is that of the cost estimate", () => {
    expect(assumptions.authShare.value).to.equal(getShare("refresh", "login"));
    expect(assumptions.writtenShare.value).to.equal(getShare("batch") * traffic.activitiesPerBatch.value);
    // 90 % of 40 ms and 10 % of 240 ms.
    expect(assumptions.authMilliseconds.value).to.equal(60);
    for (const [estimated, name] of [
      ["apiMilliseconds", "apiMilliseconds"],
      ["coldMilliseconds", "coldMilliseconds"],
      ["databaseOperations", "databaseOperations"],
      ["writtenBytes", "activityBytes"],
      ["retentionMonths", "retentionMonths"],
    ] as const) {
      expect(assumptions[estimated].value, estimated).to.equal(traffic[name].value);
    }
    const diskBytes = assumptions.writtenBytes.value * assumptions.diskShare.value;
    expect(diskBytes).to.be.closeTo(traffic.activityDiskBytes.value, 1);
  });

  it("is that of the mixed workload of the benchmarks", () => {
    const original = Math.random;
    try {
      const picked = Array.from({ length: 100 }, (_, index) => {
        Math.random = () => (index + 0.5) / 100;
        return pickRequestKind();
      });
      for (const kind of requestKinds) {
        expect(picked.filter((each) => each === kind).length, kind).to.equal(requestMix[kind]);
      }
    } finally {
      Math.random = original;
    }
  });

  it("spreads a month's openings, and multiplies them in the peak hour", () => {
    // 2,628,000 s are 730 hours: at 12 openings a month, as many users open the app 12 times a second.
    expect(getPeakOpenings(2_628_000)).to.equal(12 * 4);
    const { auth, api } = getRates({ users: 2_628_000 });
    expect(auth).to.deep.equal({ base: 48, rise: 0, seconds: 0 });
    expect(api).to.deep.equal({ base: 48 * 9, rise: 0, seconds: 0 });
  });

  it("has rates after a push message whose openings are the users of the push", () => {
    const { auth, api } = getRates({ users: 120_000, push: { share: 0.15, seconds: 60 } });
    // The area of the triangle.
    expect((auth.rise * auth.seconds) / 2).to.equal(18_000);
    // 4 of the first screen with the opening, and 5 spread over a minute: 90,000 in 60 s.
    expect(api.rise).to.equal(4 * 600 + 1_500);
  });

  for (const [what, rate, burst, needed] of [
    ["without a rise, the rate", { base: 7, rise: 0, seconds: 0 }, 100, 7],
    ["without a burst, the highest rate", { base: 10, rise: 100, seconds: 60 }, 0, 110],
    // (100 - r)² / 100 * 60 / 2 = 120 at r = 80.
    ["with a burst, less", { base: 10, rise: 100, seconds: 60 }, 120, 90],
    ["with a burst for all, the base", { base: 10, rise: 100, seconds: 60 }, 1_000_000, 10],
  ] as const) {
    it(`needs ${what}`, () => {
      expect(getNeededRate(rate, burst)).to.be.closeTo(needed, 1e-9);
    });
  }

  it("starts environments for the requests of one cold start", () => {
    expect(getColdStarts({ base: 10, rise: 0, seconds: 0 })).to.equal(0);
    // 600/s after 20 s: 30/s more in each second, of which 0.7² / 2 come within the first start.
    expect(getColdStarts({ base: 10, rise: 600, seconds: 60 })).to.be.closeTo(30 * 0.245, 1e-9);
    // The rate is at its highest before the first environment is ready.
    expect(getColdStarts({ base: 10, rise: 100, seconds: 1 })).to.be.closeTo(70, 1e-9);
  });

  for (const [text, share, seconds] of [
    ["15%/1m", 0.15, 60],
    ["0.5%/90s", 0.005, 90],
    ["100%/24h", 1, 86_400],
  ] as const) {
    it(`parses ${text}`, () => {
      expect(parsePush(text)).to.deep.equal({ share, seconds });
    });
  }

  for (const text of [
    "15",
    "15%",
    "15/1m",
    "0%/1m",
    "101%/1m",
    "15%/0s",
    "15%/25h",
    "15%/1d",
    "-5%/1m",
    "15% / 1m",
    "",
  ]) {
    it(`refuses "${text}" as a push message`, () => {
      expect(() => parsePush(text)).to.throw("such as 15%/1m");
    });
  }
});
