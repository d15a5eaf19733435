import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { toActivityKey } from "../../../service/activities/repository.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { expectProblem } from "../../support/service.ts";
import { item, useActivityService } from "./support.ts";

describeOnDatabases("One activity", (database) => {
  const { service, ann } = useActivityService(database);
  let path: string;
  beforeEach(async () => {
    const sent = item();
    await ann.post(sent);
    path = `/v1/activities/${sent.id}`;
  });

  const stored = () => database().collection<{ _id: string }>("activities");
  const key = () => ({ _id: toActivityKey(ann.id, path.split("/").at(-1)!) });
  const patch = (body: unknown, ifMatch = '"1-1"') =>
    ann.send("PATCH", path, { body, headers: { "if-match": ifMatch } });

  it("is found by its id in upper case, too", async () => {
    const upperCase = path.replace(/[^/]+$/, (id) => id.toUpperCase());
    expect((await ann.send("GET", upperCase)).status).to.equal(200);
  });

  describe("that is changed", () => {
    it("changes the named members and keeps the rest", async () => {
      const before = (await ann.send("GET", path)).body;
      service.advance(60);
      const { status, headers, body } = await patch({ quantity: 10, note: null });
      expect(status).to.equal(200);
      expect(headers.get("etag")).to.equal('"1-2"');
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
      expect(body).to.include({ kind: "bus_trip", co2e_grams: 234, occurred_at: "2026-09-30T22:00:00.000Z" });
    });

    it("keeps a figure of an older table when only its note changes", async () => {
      await stored().updateOne(key(), { $set: { co2eGrams: 5, kindsVersion: 0 } });
      expect((await patch({ note: "corrected" })).body).to.include({ co2e_grams: 5, kinds_version: 0 });
      expect((await patch({ quantity: 1 }, '"1-2"')).body).to.include({ co2e_grams: 170, kinds_version: 1 });
    });

    it("that a newer version of the service has stored keeps its kind and emissions", async () => {
      const newer = { kind: "e_scooter_trip", co2eGrams: 5, kindsVersion: 2, mood: "good" };
      await stored().updateOne(key(), { $set: newer });
      for (const change of [{ quantity: 1 }, { kind: "e_bike_trip" }]) {
        const response = await patch(change);
        expectProblem(response, 409, "unknown-kind");
        expect(response.body.errors).to.deep.equal([{ pointer: "/kind", detail: "is not known here" }]);
      }
      const { body } = await patch({ note: "corrected", occurred_at: "2026-11-19T08:30:00Z" });
      expect(body).to.include({ kind: "e_scooter_trip", quantity: 3.2, co2e_grams: 5, kinds_version: 2 });
      expect(await stored().findOne(key())).to.include({ ...newer, note: "corrected", version: 2 });
      expect((await patch({ kind: "walk" }, '"1-2"')).body).to.include({
        kind: "walk",
        co2e_grams: 544,
        kinds_version: 1,
      });
    });

    it("requires the current version: 412, and nothing is changed", async () => {
      await patch({ quantity: 1 });
      for (const tag of ['"1-1"', '"1-3"', 'W/"1-2"', ""]) {
        expectProblem(await patch({ quantity: 2 }, tag), 412, "precondition-failed");
      }
      expect((await ann.send("GET", path)).body.quantity).to.equal(1);
    });

    it("accepts one of several tags, or any", async () => {
      for (const tag of ['"1-7", "1-1"', "*"]) expect((await patch({ quantity: 1 }, tag)).status, tag).to.equal(200);
    });

    it("is changed by one of ten concurrent changes", async () => {
      const responses = await Promise.all(Array.from({ length: 10 }, (_, i) => patch({ quantity: i + 1 })));
      const statuses = responses.map(({ status }) => status).sort();
      expect(statuses).to.deep.equal([200, ...Array(9).fill(412)]);
      expect((await ann.send("GET", path)).headers.get("etag")).to.equal('"1-2"');
    });

    it("is changed by each of eight concurrent changes of any version", async () => {
      const responses = await Promise.all(Array.from({ length: 8 }, (_, i) => patch({ quantity: i + 1 }, "*")));
      expect(responses.map(({ status }) => status)).to.deep.equal(Array(8).fill(200));
      expect((await ann.send("GET", path)).headers.get("etag")).to.equal('"1-9"');
    });

    for (const [what, body, pointer] of [
      ["nothing", {}, ""],
      ["its id", { id: randomUUID() }, "/id"],
      ["its figure", { co2e_grams: 1 }, "/co2e_grams"],
      ["a time ahead", { occurred_at: "2027-01-01T00:00:00Z" }, "/occurred_at"],
      ["a kind to none", { kind: null }, "/kind"],
    ] as const) {
      it(`refuses to change ${what}`, async () => {
        const response = await patch(body);
        expect(response.status).to.equal(422);
        expect(response.body.errors[0].pointer).to.equal(pointer);
      });
    }
  });

  describe("that is deleted", () => {
    beforeEach(async () => {
      expect((await ann.send("DELETE", path)).status).to.equal(204);
    });

    it("does not exist for any method", async () => {
      for (const method of ["GET", "DELETE"]) expect((await ann.send(method, path)).status).to.equal(404);
      for (const tag of ['"1-1"', "*"]) expect((await patch({ quantity: 1 }, tag)).status).to.equal(404);
    });

    it("becomes a tombstone without content", async () => {
      const [left] = await stored().find(key()).toArray();
      expect(Object.keys(left!)).to.have.members(["_id", "userId", "deletedAt"]);
    });
  });

  it("of another user looks like one that does not exist", async () => {
    const bob = await service.newUser();
    for (const [method, options] of [
      ["GET", {}],
      ["PATCH", { body: { quantity: 1 }, headers: { "if-match": "*" } }],
      ["DELETE", {}],
    ] as const) {
      const responses = [];
      for (const other of [path, `/v1/activities/${randomUUID()}`, "/v1/activities/junk"]) {
        const { status, body } = await bob.send(method, other, options);
        responses.push({ status, body: { ...body, instance: "" } });
      }
      expect(responses[0]!.status, method).to.equal(404);
      expect(responses[1], method).to.deep.equal(responses[0]);
      expect(responses[2], method).to.deep.equal(responses[0]);
    }
    expect((await ann.send("GET", path)).headers.get("etag")).to.equal('"1-1"');
  });
});
