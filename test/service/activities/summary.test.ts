import { expect } from "chai";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { item, useActivityService } from "./support.ts";

describeOnDatabases("The summary of a month", (database) => {
  const { service, ann } = useActivityService(database);
  before(async () => {
    const gone = item({ quantity: 9_999 });
    await ann.post(
      item({ quantity: 0.1, occurred_at: "2026-10-01T00:00:00Z" }),
      item({ quantity: 0.2, occurred_at: "2026-11-01T00:59:59.999+01:00" }),
      item({ quantity: 3, occurred_at: "2026-10-01T23:59:59Z" }),
      item({ kind: "vegan_day", quantity: 1, occurred_at: "2026-10-01T12:00:00Z" }),
      // Outside the month, by a millisecond and by a zone.
      item({ quantity: 1_000, occurred_at: "2026-09-30T23:59:59.999Z" }),
      item({ quantity: 1_000, occurred_at: "2026-10-01T00:30:00+01:00" }),
      gone,
    );
    await ann.send("DELETE", `/v1/activities/${gone.id}`);
    await (await service.newUser()).post(item({ quantity: 500, occurred_at: "2026-10-02T12:00:00Z" }));
  });

  const summary = (query: string) => ann.send("GET", `/v1/activities/summary${query}`);

  it("sums by kind and by day, in UTC, to the thousandth", async () => {
    expect((await summary("?month=2026-10")).body).to.deep.equal({
      month: "2026-10",
      count: 4,
      co2e_grams: 3_301,
      by_kind: [
        { kind: "bike_trip", count: 3, quantity: 3.3, co2e_grams: 561 },
        { kind: "vegan_day", count: 1, quantity: 1, co2e_grams: 2_740 },
      ],
      by_day: [
        { day: "2026-10-01", count: 3, co2e_grams: 3_267 },
        { day: "2026-10-31", count: 1, co2e_grams: 34 },
      ],
    });
  });

  it("of a month without activities is zero, also in December", async () => {
    const { body } = await summary("?month=2026-12");
    expect(body).to.deep.equal({ month: "2026-12", count: 0, co2e_grams: 0, by_kind: [], by_day: [] });
  });

  it("requires one valid month", async () => {
    const months = ["2026-13", "2026", "2026-1", "2026-11&month=2026-12", "2026-11&x=1"];
    for (const query of ["", ...months.map((month) => `?month=${month}`)])
      expect((await summary(query)).status, query).to.equal(400);
  });
});
