import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { kindsVersion } from "../../../service/activities/kinds.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { expectProblem, problemType, today } from "../../support/service.ts";
import { item, useActivityService } from "./support.ts";

describeOnDatabases("A batch of activities", (database) => {
  const { service, ann } = useActivityService(database);
  const statuses = ({ body }: { body: { results: { status: string }[] } }) => body.results.map(({ status }) => status);

  it("is stored, with the emissions of each item", async () => {
    const sent = item({ occurred_at: "2026-11-20T09:30:00.5+01:00" });
    const { status, body } = await ann.post(sent);
    expect(status).to.equal(200);
    const at = new Date(today).toISOString();
    expect(body.results).to.deep.equal([
      {
        id: sent.id,
        status: "created",
        activity: {
          id: sent.id,
          kind: "bike_trip",
          quantity: 3.2,
          occurred_at: "2026-11-20T08:30:00.500Z",
          note: "to work",
          co2e_grams: 544,
          kinds_version: kindsVersion,
          created_at: at,
          updated_at: at,
        },
      },
    ]);
    expect((await ann.send("GET", `/v1/activities/${sent.id}`)).body).to.deep.equal(body.results[0].activity);
  });

  it("sent again changes nothing, even with another content", async () => {
    const sent = [item(), item({ note: undefined })];
    const first = await ann.post(...sent);
    const again = await ann.post(...sent.map((each) => ({ ...each, quantity: 99 })));
    expect(statuses(first)).to.deep.equal(["created", "created"]);
    expect(statuses(again)).to.deep.equal(["exists", "exists"]);
    const activities = ({ body }: typeof first) => body.results.map(({ activity }: { activity: unknown }) => activity);
    expect(activities(again)).to.deep.equal(activities(first));
  });

  it("stores the valid items, and refuses the others with their faults, in order", async () => {
    const good = item();
    const known = item();
    await ann.post(known);
    const faulty = item({ kind: "Flight" });
    const { status, body } = await ann.post(faulty, good, known, "junk", {
      ...item(),
      id: "junk",
      userId: randomUUID(),
    });
    expect(status).to.equal(200);
    expect(statuses({ body })).to.deep.equal(["refused", "created", "exists", "refused", "refused"]);
    expect(body.results[0].id).to.equal(faulty.id);
    expect(body.results[0].problem).to.deep.include({
      type: problemType("invalid-activity"),
      errors: [{ pointer: "/activities/0/kind", detail: "is not one of /v1/activity-kinds" }],
    });
    expect(body.results[3]).to.deep.include({ id: null });
    expect(body.results[3].problem.errors[0].pointer).to.equal("/activities/3");
    const pointers = body.results[4].problem.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).to.have.members(["/activities/4/id", "/activities/4/userId"]);
    expect((await ann.send("GET", `/v1/activities/${good.id}`)).status).to.equal(200);
  });

  it("that holds an id twice stores the first, in either spelling", async () => {
    const sent = item();
    const response = await ann.post(sent, { ...sent, id: sent.id.toUpperCase(), quantity: 7 });
    expect(statuses(response)).to.deep.equal(["created", "exists"]);
    expect(response.body.results[1].activity.quantity).to.equal(3.2);
  });

  for (const [what, members, member] of [
    ["an id that is no UUID", { id: "1" }, "/id"],
    ["an operator for the id", { id: { $gt: "" } }, "/id"],
    ["no kind", { kind: undefined }, "/kind"],
    ["a kind of more than 64 characters", { kind: "k".repeat(65) }, "/kind"],
    ["a kind in another spelling", { kind: "_walk" }, "/kind"],
    ["a kind that is no string", { kind: ["walk"] }, "/kind"],
    ["a quantity of nothing", { quantity: 0 }, "/quantity"],
    ["a quantity that rounds to nothing", { quantity: 0.0004 }, "/quantity"],
    ["a negative quantity", { quantity: -1 }, "/quantity"],
    ["a quantity beyond reason", { quantity: 10_000.1 }, "/quantity"],
    ["a quantity as text", { quantity: "3" }, "/quantity"],
    ["a time without a zone", { occurred_at: "2026-11-20T08:30:00" }, "/occurred_at"],
    ["a day that there is not", { occurred_at: "2026-02-30T08:30:00Z" }, "/occurred_at"],
    ["a time before 2000", { occurred_at: "1999-12-31T23:59:59Z" }, "/occurred_at"],
    ["a time so long ago that it may be archived", { occurred_at: "2025-11-22T11:59:59Z" }, "/occurred_at"],
    ["a time more than a day ahead", { occurred_at: "2026-11-23T12:00:01Z" }, "/occurred_at"],
    ["a note of 201 characters", { note: "n".repeat(201) }, "/note"],
    ["a note with a control character", { note: "a\u0000b" }, "/note"],
    ["a note that is half a surrogate pair", { note: "\ud800" }, "/note"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { body } = await ann.post(item(members));
      expect(body.results[0].status).to.equal("refused");
      const pointers = body.results[0].problem.errors.map(({ pointer }: { pointer: string }) => pointer);
      expect(pointers).to.deep.equal([`/activities/0${member}`]);
    });
  }

  it("reports what another version of the service may know, and stores it once this one does", async () => {
    const newer = [
      item({ kind: "e_scooter_trip", quantity: 200_000 }),
      item({ kind: `${"k".repeat(62)}_2` }),
      item({ mood: "good", co2e_grams: 1 }),
    ];
    const good = item();
    const { body } = await ann.post(...newer, good);
    expect(statuses({ body })).to.deep.equal(["unknown-kind", "unknown-kind", "unknown-member", "created"]);
    const problems = body.results.map(
      ({ id, problem }: { id: string; problem?: { type: string; errors: unknown } }) => [
        id,
        problem?.type,
        problem?.errors,
      ],
    );
    const detail = "is not known here";
    expect(problems).to.deep.equal([
      [newer[0]!.id, problemType("unknown-kind"), [{ pointer: "/activities/0/kind", detail }]],
      [newer[1]!.id, problemType("unknown-kind"), [{ pointer: "/activities/1/kind", detail }]],
      [
        newer[2]!.id,
        problemType("unknown-member"),
        ["mood", "co2e_grams"].map((member) => ({ pointer: `/activities/2/${member}`, detail })),
      ],
      [good.id, undefined, undefined],
    ]);
    for (const { id } of newer) expect((await ann.send("GET", `/v1/activities/${id}`)).status).to.equal(404);
    const known = newer.map(({ id }) => item({ id }));
    expect(statuses(await ann.post(...known))).to.deep.equal(["created", "created", "created"]);
  });

  for (const [what, members] of [
    ["an unknown kind, but no id", { kind: "e_scooter_trip", id: "1" }],
    ["an unknown member, and a fault", { mood: "good", quantity: 0 }],
  ] as const) {
    it(`refuses an item with ${what}`, async () => {
      expect(statuses(await ann.post(item(members)))).to.deep.equal(["refused"]);
    });
  }

  it("accepts values at their limits", async () => {
    const response = await ann.post(
      item({ occurred_at: "2026-11-23T12:00:00Z" }),
      item({ occurred_at: "2025-11-22T12:00:00Z" }),
      item({ quantity: 0.001 }),
      item({ quantity: 10_000 }),
      item({ note: null }),
      item({ note: "two\nlines" }),
    );
    expect(new Set(statuses(response))).to.deep.equal(new Set(["created"]));
  });

  it("of 100 items at their longest fits into the limit of a body", async () => {
    const longest = () =>
      item({
        kind: "train_instead_of_flight",
        quantity: 9_999.999,
        occurred_at: "2026-11-20T08:30:00.123456789+01:00",
        note: "\u{1f6b2}".repeat(200),
      });
    const response = await ann.post(...Array.from({ length: 100 }, longest));
    expect(response.status).to.equal(200);
    expect(new Set(statuses(response))).to.deep.equal(new Set(["created"]));
  });

  it("of none, of 101, or of something else is refused as a whole", async () => {
    for (const activities of [[], Array.from({ length: 101 }, () => item()), {}, null]) {
      const response = await ann.send("POST", "/v1/activities", { body: { activities } });
      expect(response.status).to.equal(422);
      expect(response.body.errors[0].pointer).to.equal("/activities");
    }
  });

  it("with a member that another version of the service may know is kept as a whole, and not stored", async () => {
    const sent = item();
    const response = await ann.send("POST", "/v1/activities", { body: { activities: [sent], device: "phone" } });
    expectProblem(response, 409, "unknown-member");
    expect(response.body.errors).to.deep.equal([{ pointer: "/device", detail: "is not known here" }]);
    expect((await ann.send("GET", `/v1/activities/${sent.id}`)).status).to.equal(404);
    expectProblem(
      await ann.send("POST", "/v1/activities", { body: { activities: [], device: "phone" } }),
      422,
      "invalid-body",
    );
  });

  it("sent ten times concurrently is stored once", async () => {
    const bob = await service.newUser();
    const sent = [item(), item(), item()];
    const responses = await Promise.all(Array.from({ length: 10 }, () => bob.post(...sent)));
    expect(new Set(responses.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect(responses.flatMap(statuses)).not.to.include("refused");
    const { body } = await bob.send("GET", "/v1/activities");
    const ids = body.activities.map(({ id }: { id: string }) => id);
    expect(ids).to.have.members(sent.map(({ id }) => id));
  });

  it("does not restore a deleted activity", async () => {
    const sent = item();
    await ann.post(sent);
    expect((await ann.send("DELETE", `/v1/activities/${sent.id}`)).status).to.equal(204);
    const { body } = await ann.post(sent);
    expect(body.results[0]).to.deep.include({ id: sent.id, status: "refused" });
    expect(body.results[0].problem.type).to.equal(problemType("activity-deleted"));
    expect((await ann.send("GET", `/v1/activities/${sent.id}`)).status).to.equal(404);
  });

  it("is logged without its notes", async () => {
    await ann.post(item({ note: "a secret of mine" }), item({ note: "a secret of mine", kind: "none" }));
    expect(JSON.stringify(service.lines)).not.to.contain("a secret of mine");
  });
});
