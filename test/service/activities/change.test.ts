import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { activityService, item } from "./support.ts";

const problem = (slug: string) => `https://ecobeat.app/problems/${slug}`;

describeOnDatabases("One activity", (database) => {
  let service: Awaited<ReturnType<typeof activityService>>;
  let ann: Awaited<ReturnType<typeof service.person>>;
  let path: string;
  before(async () => {
    service = await activityService(database());
    ann = await service.person();
  });
  beforeEach(async () => {
    const sent = item();
    await ann.post(sent);
    path = `/v1/activities/${sent.id}`;
  });
  after(() => service.stop());

  const patch = (body: unknown, ifMatch = '"1"') =>
    ann.send("PATCH", path, { body, headers: { "if-match": ifMatch } });

  describe("that is read", () => {
    it("has an ETag, by which it need not be sent again", async () => {
      const { headers } = await ann.send("GET", path);
      expect(headers.get("etag")).to.equal('"1"');
      const again = await ann.send("GET", path, { headers: { "if-none-match": '"1"' } });
      expect(again.status).to.equal(304);
      expect(again.body).to.equal("");
      expect((await ann.send("GET", path, { headers: { "if-none-match": '"2"' } })).status).to.equal(200);
    });

    it("is found by its id in upper case as well", async () => {
      expect(
        (
          await ann.send(
            "GET",
            path.replace(/[^/]+$/, (id) => id.toUpperCase()),
          )
        ).status,
      ).to.equal(200);
    });
  });

  describe("that is changed", () => {
    it("takes what is named and keeps the rest", async () => {
      const before = (await ann.send("GET", path)).body;
      service.advance(60);
      const { status, headers, body } = await patch({ quantity: 10, note: null });
      expect(status).to.equal(200);
      expect(headers.get("etag")).to.equal('"2"');
      expect(body).to.deep.equal({
        ...before,
        quantity: 10,
        note: null,
        co2e_grams: 1_700,
        updated_at: body.updated_at,
      });
      expect(body.updated_at > before.updated_at).to.equal(true);
      expect((await ann.send("GET", path)).body).to.deep.equal(body);
    });

    it("can become another kind, at another time", async () => {
      const { body } = await patch({ kind: "bus_trip", occurred_at: "2026-10-01T00:00:00+02:00" });
      expect(body).to.include({
        kind: "bus_trip",
        co2e_grams: 234,
        occurred_at: "2026-09-30T22:00:00.000Z",
      });
    });

    it("keeps a figure of an older table when only its note changes", async () => {
      const id = path.split("/").at(-1)!;
      await database()
        .collection<{ _id: string }>("activities")
        .updateOne({ _id: `${ann.id}:${id}` }, { $set: { co2eGrams: 5, kindsVersion: 0 } });
      expect((await patch({ note: "corrected" })).body).to.include({ co2e_grams: 5, kinds_version: 0 });
      expect((await patch({ quantity: 1 }, '"2"')).body).to.include({ co2e_grams: 170, kinds_version: 1 });
    });

    it("must be of a version that is named: 428", async () => {
      const { status, body } = await ann.send("PATCH", path, { body: { quantity: 1 } });
      expect(status).to.equal(428);
      expect(body.type).to.equal(problem("precondition-required"));
    });

    it("must still be of that version: 412, and nothing is changed", async () => {
      await patch({ quantity: 1 });
      for (const tag of ['"1"', '"3"', "1", ""]) {
        const { status, body } = await patch({ quantity: 2 }, tag);
        expect(status, tag).to.equal(412);
        expect(body.type).to.equal(problem("precondition-failed"));
      }
      expect((await ann.send("GET", path)).body.quantity).to.equal(1);
    });

    it("may be named by a tag that a CDN made weak, among others, or by any", async () => {
      expect((await patch({ quantity: 1 }, 'W/"1"')).status).to.equal(200);
      expect((await patch({ quantity: 2 }, '"7", "2"')).status).to.equal(200);
      expect((await patch({ quantity: 3 }, "*")).status).to.equal(200);
    });

    it("by ten at once is changed by one", async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => patch({ quantity: i + 1 })));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).to.deep.equal([200, ...Array(9).fill(412)]);
      expect((await ann.send("GET", path)).headers.get("etag")).to.equal('"2"');
    });

    for (const [what, body, pointer] of [
      ["nothing", {}, ""],
      ["its id", { id: randomUUID() }, "/id"],
      ["its figure", { co2e_grams: 1 }, "/co2e_grams"],
      ["a time ahead", { occurred_at: "2027-01-01T00:00:00Z" }, "/occurred_at"],
      ["a kind to none", { kind: null }, "/kind"],
    ] as const) {
      it(`refuses to change ${what}`, async () => {
        const answer = await patch(body);
        expect(answer.status).to.equal(422);
        expect(answer.body.errors[0].pointer).to.equal(pointer);
      });
    }
  });

  describe("that is deleted", () => {
    beforeEach(async () => {
      expect((await ann.send("DELETE", path)).status).to.equal(204);
    });

    it("is gone for all that one can ask", async () => {
      expect((await ann.send("GET", path)).status).to.equal(404);
      expect((await patch({ quantity: 1 })).status).to.equal(404);
      expect((await patch({ quantity: 1 }, "*")).status).to.equal(404);
      expect((await ann.send("DELETE", path)).status).to.equal(404);
    });

    it("leaves a tombstone without content", async () => {
      const [left] = await database()
        .collection<{ _id: string }>("activities")
        .find({ _id: `${ann.id}:${path.split("/").at(-1)}` })
        .toArray();
      expect(Object.keys(left!)).to.have.members(["_id", "userId", "deletedAt"]);
    });
  });

  it("of another user is as one that does not exist", async () => {
    const bob = await service.person();
    for (const [method, options] of [
      ["GET", {}],
      ["PATCH", { body: { quantity: 1 }, headers: { "if-match": "*" } }],
      ["DELETE", {}],
    ] as const) {
      const answers = [];
      for (const other of [path, `/v1/activities/${randomUUID()}`, "/v1/activities/junk"]) {
        const { status, body } = await bob.send(method, other, options);
        answers.push({ status, body: { ...body, instance: "" } });
      }
      expect(answers[0]!.status, method).to.equal(404);
      expect(answers[1], method).to.deep.equal(answers[0]);
      expect(answers[2], method).to.deep.equal(answers[0]);
    }
    expect((await ann.send("GET", path)).headers.get("etag")).to.equal('"1"');
  });
});
