import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { maxBodyBytes } from "../../../clients/mobile/batch.ts";
import { createClient } from "../../../clients/mobile/index.ts";
import { newPerson, problemType } from "../../support/service.ts";
import { MemoryTokenStore } from "./memory-token-store.ts";
import { activity, failureOf, problem, record, useQueues, withResults } from "./queue-driver.ts";

describe("The app's queue of activities", () => {
  const queues = useQueues();

  describe("with the service's limit on bodies", () => {
    it("cuts its batches to it, in bytes of UTF-8", async () => {
      const queue = queues.open();
      const note = "🚲".repeat(200);
      await record(queue, ...Array.from({ length: 100 }, () => note));
      // Too long for the service, which refuses them one by one, and together too large for it.
      await record(queue, ...Array.from({ length: 40 }, () => "ö".repeat(3_000)));
      expect(await queue.sync()).to.equal(undefined);
      expect(await queues.storedNotes()).to.deep.equal(Array(100).fill(note));
      expect([queues.refused.length, await queue.length()]).to.deep.equal([40, 0]);
      expect(queues.sent).to.have.length(4);
    });

    it("knows it", async () => {
      const send = async (bytes: number) => {
        const empty = JSON.stringify({ activities: [""] }).length;
        const body = { activities: ["x".repeat(bytes - empty)] } as never;
        return (await queues.client.api.POST("/v1/activities", { body })).response.status;
      };
      expect([await send(maxBodyBytes), await send(maxBodyBytes + 1)]).to.deep.equal([200, 413]);
    });

    it("hands over an activity that is too large alone, and goes on", async () => {
      const queue = queues.open();
      await record(queue, "a", "x".repeat(maxBodyBytes), "b");
      expect(await queue.sync()).to.equal(undefined);
      expect(queues.refused).to.deep.equal([`${"x".repeat(20)}: body-too-large`]);
      expect([await queues.storedNotes(), await queue.length()]).to.deep.equal([["a", "b"], 0]);
    });

    it("halves a batch that something on the way finds too large", async () => {
      const queue = queues.open();
      await record(queue, ..."abcdefgh");
      queues.respond = async (notes) => (notes.length > 2 ? problem(413, "body-too-large") : undefined);
      expect(await queue.sync()).to.equal(undefined);
      expect(queues.sent.map((notes) => notes.length)).to.deep.equal([8, 4, 2, 2, 4, 2, 2]);
      expect([await queues.storedNotes(), await queue.length()]).to.deep.equal([[..."abcdefgh"], 0]);
    });

    it("keeps small activities that something on the way finds too large", async () => {
      const queue = queues.open();
      await record(queue, "a", "b");
      queues.respond = async () => problem(413, "body-too-large");
      expect(await queue.sync()).to.include({ status: 413 });
      expect([queues.refused, await queue.length()]).to.deep.equal([[], 2]);
    });
  });

  for (const [status, slug] of [
    [400, "malformed-json"],
    [422, "invalid-body"],
    [403, "request-blocked"],
  ] as const) {
    describe(`with an activity for which its batch gets ${status}`, () => {
      it("hands it over, and goes on", async () => {
        const queue = queues.open();
        await record(queue, ..."abcd", "bad", ..."efg");
        queues.respond = async (notes) => (notes.includes("bad") ? problem(status, slug) : undefined);
        expect(await queue.sync()).to.equal(undefined);
        expect([queues.refused, await queues.storedNotes(), await queue.length()]).to.deep.equal([
          [`bad: ${slug}`],
          [..."abcdefg"],
          0,
        ]);
      });

      it("keeps all if no batch is accepted: that is no fault of an activity", async () => {
        const queue = queues.open();
        await record(queue, ..."abc");
        queues.respond = async () => problem(status, slug);
        expect(await queue.sync()).to.include({ status });
        expect([queues.refused, await queue.length()]).to.deep.equal([[], 3]);
      });
    });
  }

  describe("on a network whose requests are all refused", () => {
    /** What a blocked network gets. */
    let blocked: boolean;
    let requests: string[];
    beforeEach(async () => {
      [blocked, requests] = [false, []];
      const tokens = new MemoryTokenStore();
      queues.client = createClient({
        ...{ baseUrl: queues.service.url, apiKey: "not required", tokens },
        fetch: async (request) => {
          requests.push(request.method);
          return blocked
            ? problem(403, "request-blocked")
            : ((await queues.respond([], request.clone())) ?? fetch(request));
        },
      });
      await queues.client.register(newPerson());
      requests = [];
    });

    it("searches for no bad activity", async () => {
      const queue = queues.open();
      await record(queue, ..."abc");
      blocked = true;
      expect(await queue.sync()).to.include({ status: 403 });
      expect(requests).to.deep.equal(["POST", "GET"]);
      expect([queues.refused, await queue.length()]).to.deep.equal([[], 3]);
    });

    it("hands over no activity, even if the first batch was accepted", async () => {
      const queue = queues.open();
      await record(queue, ...Array.from({ length: 103 }, (_, index) => `${index}`));
      queues.respond = async () => {
        // As when the phone changes its network while it searches for the activity at fault.
        blocked = requests.length > 2;
        return requests.length === 2 ? problem(422, "invalid-body") : undefined;
      };
      expect(await queue.sync()).to.include({ status: 403 });
      expect([queues.refused, await queue.length()]).to.deep.equal([[], 3]);
    });
  });

  it("hands over no activity that a portal refuses, which answers all reads with 200", async () => {
    let isPortal = false;
    queues.client = createClient({
      ...{ baseUrl: queues.service.url, apiKey: "not required", tokens: new MemoryTokenStore() },
      fetch: async (request) => {
        if (isPortal) return request.method === "GET" ? new Response("{}") : new Response("", { status: 403 });
        isPortal = request.url.endsWith("/v1/activities");
        return fetch(request);
      },
    });
    await queues.client.register(newPerson());
    const queue = queues.open();
    await record(queue, ...Array.from({ length: 103 }, (_, index) => `${index}`));
    expect(await queue.sync()).to.include({ status: 403 });
    expect([queues.refused, await queue.length()]).to.deep.equal([[], 3]);
  });

  for (const status of [500, 502]) {
    it(`keeps an activity on which the service fails with ${status}, sends the rest, and says so`, async () => {
      const queue = queues.open();
      await record(queue, ..."abc", "bad", ..."de");
      queues.respond = async (notes) => (notes.includes("bad") ? problem(status, "internal") : undefined);
      expect(await queue.sync()).to.include({ status });
      expect([queues.refused, await queues.storedNotes(), queues.queuedNotes()]).to.deep.equal([
        [],
        [..."abcde"],
        ["bad"],
      ]);
      queues.respond = async () => undefined;
      expect(await queue.sync()).to.equal(undefined);
      expect(queues.queuedNotes()).to.deep.equal([]);
    });
  }

  for (const status of [401, 429, 503, 504]) {
    it(`stops at ${status}, and keeps all`, async () => {
      const queue = queues.open();
      await record(queue, ..."ab");
      queues.respond = async () => problem(status, "any");
      expect(await queue.sync()).to.include({ status });
      expect([queues.refused, queues.queuedNotes()]).to.deep.equal([[], ["a", "b"]]);
    });
  }

  describe("with a response that is not what the document says", () => {
    for (const [what, body] of Object.entries({
      "a page": "<html>Welcome to the hotel</html>",
      "no content": "",
      null: "null",
      "an empty object": "{}",
      "results that are no list": '{"results":{"length":2}}',
      "no results": '{"results":[]}',
      "results that are null": '{"results":[null,null]}',
      "results of other activities": `{"results":[{"id":"${randomUUID()}","status":"created"},{"id":null,"status":"refused"}]}`,
    })) {
      it(`keeps all after 200 with ${what}`, async () => {
        const queue = queues.open();
        await record(queue, "a", "b");
        queues.respond = async () => new Response(body, { status: 200 });
        await failureOf(queue.sync());
        expect([queues.refused, queues.queuedNotes(), queues.sent.length]).to.deep.equal([[], ["a", "b"], 1]);
        queues.respond = async () => undefined;
        expect(await queue.sync()).to.equal(undefined);
        expect(await queues.storedNotes()).to.deep.equal(["a", "b"]);
      });
    }

    it("stops at a response without any result, as of a portal", async () => {
      const queue = queues.open();
      await record(queue, ...Array.from({ length: 101 }, (_, index) => `${index}`));
      queues.respond = async (notes) => (notes.length > 1 ? new Response("{}") : problem(422, "invalid-body"));
      expect(await failureOf(queue.sync())).to.contain("100 of 100");
      expect([queues.refused, queues.queuedNotes().length, queues.sent.length]).to.deep.equal([[], 101, 1]);
    });

    it("keeps an activity without a result", async () => {
      const queue = queues.open();
      await record(queue, ..."abc");
      queues.respond = (_notes, request) => withResults(request, ([a, , c]) => [a, c]);
      expect(await failureOf(queue.sync())).to.contain("1 of 3");
      expect(queues.queuedNotes()).to.deep.equal(["b"]);
    });

    it("keeps an activity whose result has an unknown status, or a refusal without a problem", async () => {
      const queue = queues.open();
      await record(queue, ..."abc");
      queues.respond = (_notes, request) =>
        withResults(request, ([a, b, c]) => [{ ...a, status: "queued" }, { id: b!.id, status: "refused" }, c]);
      expect(await failureOf(queue.sync())).to.contain("2 of 3");
      expect([queues.refused, queues.queuedNotes()]).to.deep.equal([[], ["a", "b"]]);
    });

    it("keeps an activity that only another version of the service knows, and sends it again", async () => {
      const queue = queues.open();
      await queue.record({ ...activity("new kind"), kind: "e_scooter_trip" });
      await queue.record({ ...activity("new member"), mood: "good" } as never);
      await record(queue, ..."abc");
      expect(await queue.sync()).to.include({ type: problemType("unknown-kind") });
      expect([queues.refused, queues.queuedNotes()]).to.deep.equal([[], ["new kind", "new member"]]);
      queues.respond = async (_notes, request) => {
        const { activities } = (await request.clone().json()) as { activities: Record<string, unknown>[] };
        const known = activities.map(({ mood, ...members }) => ({ ...members, kind: "walk" }));
        return fetch(new Request(request, { body: JSON.stringify({ activities: known }) }));
      };
      expect(await queue.sync()).to.equal(undefined);
      expect([await queues.storedNotes(), await queue.length()]).to.deep.equal([
        [..."abc", "new kind", "new member"],
        0,
      ]);
      expect(queues.sent).to.deep.equal([
        ["new kind", "new member", ..."abc"],
        ["new kind", "new member"],
      ]);
    });

    it("keeps a batch with a member that only another version of the service knows, of which some have responded", async () => {
      const queue = queues.open();
      await record(queue, ...Array.from({ length: 101 }, (_, index) => `${index}`));
      queues.respond = async (notes, request) => {
        if (notes.length > 1) return undefined;
        const body = JSON.stringify({ ...((await request.clone().json()) as object), device: "phone" });
        return fetch(new Request(request, { body }));
      };
      expect(await queue.sync()).to.include({ status: 409, type: problemType("unknown-member") });
      expect([queues.refused, queues.queuedNotes()]).to.deep.equal([[], ["100"]]);
    });

    it("keeps an activity whose status is newer than the app", async () => {
      const queue = queues.open();
      await record(queue, ..."ab");
      const later = { status: "deferred", problem: { type: problemType("deferred"), title: "Later", detail: "" } };
      queues.respond = (_notes, request) => withResults(request, ([a, b]) => [{ id: a!.id, ...later }, b]);
      expect(await queue.sync()).to.include({ type: problemType("deferred") });
      expect([queues.refused, queues.queuedNotes()]).to.deep.equal([[], ["a"]]);
    });

    it("finds the results by id, in any order", async () => {
      const queue = queues.open();
      await queue.record({ ...activity("rocket"), quantity: 0 });
      await record(queue, ..."abc");
      queues.respond = (_notes, request) => withResults(request, (results) => results.reverse());
      expect(await queue.sync()).to.equal(undefined);
      expect([queues.refused, await queues.storedNotes(), await queue.length()]).to.deep.equal([
        ["rocket: invalid-activity"],
        [..."abc"],
        0,
      ]);
    });

    it("still sends what does not fit into the batch without a result", async () => {
      const queue = queues.open();
      await record(queue, ...Array.from({ length: 101 }, (_, index) => `${index}`));
      queues.respond = (notes, request) =>
        notes.length > 1 ? withResults(request, (all) => all.slice(1)) : fetch(request);
      expect(await failureOf(queue.sync())).to.contain("1 of 100");
      expect(queues.queuedNotes()).to.deep.equal(["0"]);
    });
  });
});
