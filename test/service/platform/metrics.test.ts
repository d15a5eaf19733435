import { expect } from "chai";
import { Metrics } from "../../../service/platform/metrics.ts";
import { parseEmbeddedMetrics } from "../../support/embedded-metrics.ts";
import { newPerson, startService } from "../../support/service.ts";

/** Values of the metrics in a line, by name. */
const measured = (line: Record<string, unknown> = {}) =>
  Object.fromEntries(parseEmbeddedMetrics(line).map(({ name, values }) => [name, values]));

describe("Metrics of the process", () => {
  let now: number;
  let metrics: Metrics;
  beforeEach(() => {
    now = 1_000_000;
    metrics = new Metrics(() => now);
  });

  it("are in CloudWatch's embedded format, without dimensions", () => {
    metrics.count("Logins");
    expect(parseEmbeddedMetrics(metrics.flush()!)).to.deep.equal([
      { namespace: "Ecobeat", name: "Logins", unit: "Count", dimensions: {}, values: [1] },
    ]);
  });

  it("count a version of the app beside others, by its minor version alone", () => {
    metrics.count("Logins");
    const counted = { namespace: "Ecobeat", unit: "Count", values: [1] };
    expect(parseEmbeddedMetrics(metrics.flush("1.4.2")!)).to.deep.equal([
      { ...counted, name: "Logins", dimensions: {} },
      { ...counted, name: "AppVersions", dimensions: { minor_version: "1.4" } },
    ]);
  });

  it("count few versions of the app, whatever clients send: CloudWatch bills each", () => {
    const counts = Array.from({ length: 2_000 }, (_, count) => metrics.flush(`1.${count % 1_000}.${count}`));
    const values = counts.map((line) => line!.minor_version);
    expect(new Set(values)).to.have.property("size", 11);
    expect(values.filter((value) => value !== "other")).to.have.length(20);
    expect(metrics.flush("1.3.0")!.minor_version, "a version that was among the first").to.equal("1.3");
  });

  it("are flushed once", () => {
    metrics.count("Logins");
    metrics.flush();
    expect(metrics.flush()).to.equal(undefined);
  });

  it("count what happened several times between two lines", () => {
    metrics.count("Logins");
    metrics.count("Logins");
    metrics.cache("Profile", true);
    metrics.cache("Profile", false);
    metrics.cache("Profile", true);
    expect(measured(metrics.flush())).to.deep.equal({ Logins: [2], ProfileCacheHits: [2], ProfileCacheMisses: [1] });
  });

  it("keep the highest of each peak", () => {
    for (const value of [1, 3, 2]) metrics.peak("DatabasePoolInUse", value);
    expect(measured(metrics.flush())).to.deep.equal({ DatabasePoolInUse: [3] });
  });

  it("time work that succeeds and work that fails, and rethrow its error", async () => {
    const mistake = new Error("refused");
    await metrics.time("SignDuration", async () => {
      now += 20;
    });
    const failed = await metrics
      .time("SignDuration", async () => {
        now += 5_000;
        throw mistake;
      })
      .catch((error) => error);
    expect(failed).to.equal(mistake);
    expect(measured(metrics.flush())).to.deep.equal({ SignDuration: [20, 5_000] });
  });

  it("have no more values than CloudWatch accepts", async () => {
    for (let count = 0; count < 150; count++) await metrics.time("SignDuration", async () => {});
    expect(measured(metrics.flush()).SignDuration).to.have.length(100);
  });

  it("of caches and peaks wait up to ten seconds for a line that carries other metrics", () => {
    metrics.cache("Profile", true);
    expect(metrics.flush(), "the first").to.not.equal(undefined);
    metrics.cache("Profile", true);
    metrics.peak("DatabasePoolWait", 1);
    now += 9_999;
    expect(metrics.flush()).to.equal(undefined);
    now += 1;
    expect(measured(metrics.flush())).to.deep.equal({ ProfileCacheHits: [1], DatabasePoolWait: [1] });
    metrics.cache("Profile", true);
    metrics.count("Refreshes");
    expect(measured(metrics.flush())).to.deep.equal({ ProfileCacheHits: [1], Refreshes: [1] });
  });
});

describe("The log line of a request", () => {
  it("carries the metrics of the request, and no other line does", async () => {
    await using service = await startService();
    const user = await service.register();
    const { body } = await service.logIn(user);
    await service.refresh(body.refresh_token);
    for (let count = 0; count < 3; count++) await user.send("GET", "/v1/users/me");
    service.advance(11);
    await user.send("GET", "/v1/users/me");
    expect(service.lines.map((line) => Object.keys(measured(line)))).to.deep.equal([
      ["SignDuration", "MailsQueued"],
      ["SignDuration", "Logins", "AppVersions"],
      ["SignDuration", "Refreshes", "AppVersions"],
      [],
      [],
      [],
      ["ProfileCacheMisses", "ProfileCacheHits"],
    ]);
    expect(measured(service.lines.at(-1))).to.deep.equal({ ProfileCacheMisses: [1], ProfileCacheHits: [3] });
  });

  it("counts no login and no refresh that was refused", async () => {
    await using service = await startService();
    await service.logIn(newPerson());
    await service.refresh("x");
    const requests = service.lines.filter(({ message }) => message === "request");
    expect(requests.flatMap(parseEmbeddedMetrics)).to.deep.equal([]);
  });
});
