import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { maxBodyBytes } from "../../../clients/mobile/batch.ts";
import { ActivityQueue, type Client, createClient } from "../../../clients/mobile/index.ts";
import { newPerson, problemType, startService, type TestService } from "../../support/service.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { MemoryTokenStore } from "./memory-token-store.ts";

const kind = "bike_trip";

describe("The app's queue of activities", () => {
  let service: TestService;
  let client: Client;
  let storage: MemoryStorage;
  let refused: string[];
  let unreadable: string[];
  /** The notes of the activities of each batch, as sent. */
  let sent: string[][];
  /** Responds to a batch in place of the service; undefined leaves it to the service. */
  let respond: (notes: string[], request: Request) => Promise<Response | undefined>;
  const userId = "1";
  const key = `ecobeat.activities.${userId}`;
  const openQueue = (onRefused: (note: string) => void | Promise<void> = (note) => void refused.push(note)) =>
    new ActivityQueue({
      ...{ client, userId, storage, randomUUID },
      onRefused: ({ note }, problem) => onRefused(`${note?.slice(0, 20)}: ${problem.type.split("/").at(-1)}`),
      onUnreadable: (value) => unreadable.push(value),
    });
  const activity = (note: string) => ({ kind, quantity: 1, note, occurred_at: new Date().toISOString() });
  const record = (queue: ActivityQueue, ...notes: string[]) =>
    Promise.all(notes.map((note) => queue.record(activity(note))));
  const failureOf = (call: Promise<unknown>) =>
    call.then(
      (value) => expect.fail(`It resolved to ${JSON.stringify(value)}.`),
      (error: Error) => error.message,
    );
  const queuedNotes = () => JSON.parse(storage.values.get(key) ?? "[]").map(({ note }: { note: string }) => note);
  const storedNotes = async () => {
    const { data } = await client.api.GET("/v1/activities", { params: { query: { limit: 100 } } });
    return data!.activities.map(({ note }) => note).sort();
  };
  const problem = (status: number, slug: string) =>
    Response.json({ type: problemType(slug), title: slug, status, detail: "" }, { status });
  /** The response of the service to a batch, with other results. */
  const withResults = async (request: Request, change: (results: { id: string }[]) => unknown) => {
    const response = await fetch(request);
    return Response.json({ results: change(((await response.json()) as { results: { id: string }[] }).results) });
  };

  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  beforeEach(async () => {
    storage = new MemoryStorage();
    [refused, unreadable, sent] = [[], [], []];
    respond = async () => undefined;
    client = createClient({
      baseUrl: service.url,
      apiKey: "not required",
      tokens: new MemoryTokenStore(),
      fetch: async (request) => {
        if (request.method !== "POST" || !request.url.endsWith("/v1/activities")) return fetch(request);
        const notes = ((await request.clone().json()) as { activities: { note: string }[] }).activities.map(
          (item) => item.note,
        );
        sent.push(notes);
        return (await respond(notes, request)) ?? fetch(request);
      },
    });
    await client.register(newPerson());
  });

  describe("with the service's limit on bodies", () => {
    it("cuts its batches to it, in bytes of UTF-8", async () => {
      const queue = openQueue();
      const note = "🚲".repeat(200);
      await record(queue, ...Array.from({ length: 100 }, () => note));
      // Too long for the service, which refuses them one by one, and together too large for it.
      await record(queue, ...Array.from({ length: 40 }, () => "ö".repeat(3_000)));
      expect(await queue.sync()).to.equal(undefined);
      expect(await storedNotes()).to.deep.equal(Array(100).fill(note));
      expect([refused.length, await queue.length()]).to.deep.equal([40, 0]);
      expect(sent).to.have.length(4);
    });

    it("knows it", async () => {
      const send = async (bytes: number) => {
        const empty = JSON.stringify({ activities: [""] }).length;
        const body = { activities: ["x".repeat(bytes - empty)] } as never;
        return (await client.api.POST("/v1/activities", { body })).response.status;
      };
      expect([await send(maxBodyBytes), await send(maxBodyBytes + 1)]).to.deep.equal([200, 413]);
    });

    it("hands over an activity that is too large alone, and goes on", async () => {
      const queue = openQueue();
      await record(queue, "a", "x".repeat(maxBodyBytes), "b");
      expect(await queue.sync()).to.equal(undefined);
      expect(refused).to.deep.equal([`${"x".repeat(20)}: body-too-large`]);
      expect([await storedNotes(), await queue.length()]).to.deep.equal([["a", "b"], 0]);
    });

    it("halves a batch that something on the way finds too large", async () => {
      const queue = openQueue();
      await record(queue, ..."abcdefgh");
      respond = async (notes) => (notes.length > 2 ? problem(413, "body-too-large") : undefined);
      expect(await queue.sync()).to.equal(undefined);
      expect(sent.map((notes) => notes.length)).to.deep.equal([8, 4, 2, 2, 4, 2, 2]);
      expect([await storedNotes(), await queue.length()]).to.deep.equal([[..."abcdefgh"], 0]);
    });

    it("keeps small activities that something on the way finds too large", async () => {
      const queue = openQueue();
      await record(queue, "a", "b");
      respond = async () => problem(413, "body-too-large");
      expect(await queue.sync()).to.include({ status: 413 });
      expect([refused, await queue.length()]).to.deep.equal([[], 2]);
    });
  });

  for (const [status, slug] of [
    [400, "malformed-json"],
    [422, "invalid-body"],
    [403, "request-blocked"],
  ] as const) {
    describe(`with an activity for which its batch gets ${status}`, () => {
      it("hands it over, and goes on", async () => {
        const queue = openQueue();
        await record(queue, ..."abcd", "bad", ..."efg");
        respond = async (notes) => (notes.includes("bad") ? problem(status, slug) : undefined);
        expect(await queue.sync()).to.equal(undefined);
        expect([refused, await storedNotes(), await queue.length()]).to.deep.equal([
          [`bad: ${slug}`],
          [..."abcdefg"],
          0,
        ]);
      });

      it("keeps all if no batch is accepted: that is no fault of an activity", async () => {
        const queue = openQueue();
        await record(queue, ..."abc");
        respond = async () => problem(status, slug);
        expect(await queue.sync()).to.include({ status });
        expect([refused, await queue.length()]).to.deep.equal([[], 3]);
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
      client = createClient({
        ...{ baseUrl: service.url, apiKey: "not required", tokens },
        fetch: async (request) => {
          requests.push(request.method);
          return blocked ? problem(403, "request-blocked") : ((await respond([], request.clone())) ?? fetch(request));
        },
      });
      await client.register(newPerson());
      requests = [];
    });

    it("searches for no bad activity", async () => {
      const queue = openQueue();
      await record(queue, ..."abc");
      blocked = true;
      expect(await queue.sync()).to.include({ status: 403 });
      expect(requests).to.deep.equal(["POST", "GET"]);
      expect([refused, await queue.length()]).to.deep.equal([[], 3]);
    });

    it("hands over no activity, even if the first batch was accepted", async () => {
      const queue = openQueue();
      await record(queue, ...Array.from({ length: 103 }, (_, index) => `${index}`));
      respond = async () => {
        // As when the phone changes its network while it searches for the activity at fault.
        blocked = requests.length > 2;
        return requests.length === 2 ? problem(422, "invalid-body") : undefined;
      };
      expect(await queue.sync()).to.include({ status: 403 });
      expect([refused, await queue.length()]).to.deep.equal([[], 3]);
    });
  });

  it("hands over no activity that a portal refuses, which answers all reads with 200", async () => {
    let isPortal = false;
    client = createClient({
      ...{ baseUrl: service.url, apiKey: "not required", tokens: new MemoryTokenStore() },
      fetch: async (request) => {
        if (isPortal) return request.method === "GET" ? new Response("{}") : new Response("", { status: 403 });
        isPortal = request.url.endsWith("/v1/activities");
        return fetch(request);
      },
    });
    await client.register(newPerson());
    const queue = openQueue();
    await record(queue, ...Array.from({ length: 103 }, (_, index) => `${index}`));
    expect(await queue.sync()).to.include({ status: 403 });
    expect([refused, await queue.length()]).to.deep.equal([[], 3]);
  });

  for (const status of [500, 502]) {
    it(`keeps an activity on which the service fails with ${status}, sends the rest, and says so`, async () => {
      const queue = openQueue();
      await record(queue, ..."abc", "bad", ..."de");
      respond = async (notes) => (notes.includes("bad") ? problem(status, "internal") : undefined);
      expect(await queue.sync()).to.include({ status });
      expect([refused, await storedNotes(), queuedNotes()]).to.deep.equal([[], [..."abcde"], ["bad"]]);
      respond = async () => undefined;
      expect(await queue.sync()).to.equal(undefined);
      expect(queuedNotes()).to.deep.equal([]);
    });
  }

  for (const status of [401, 429, 503, 504]) {
    it(`stops at ${status}, and keeps all`, async () => {
      const queue = openQueue();
      await record(queue, ..."ab");
      respond = async () => problem(status, "any");
      expect(await queue.sync()).to.include({ status });
      expect([refused, queuedNotes()]).to.deep.equal([[], ["a", "b"]]);
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
        const queue = openQueue();
        await record(queue, "a", "b");
        respond = async () => new Response(body, { status: 200 });
        await failureOf(queue.sync());
        expect([refused, queuedNotes(), sent.length]).to.deep.equal([[], ["a", "b"], 1]);
        respond = async () => undefined;
        expect(await queue.sync()).to.equal(undefined);
        expect(await storedNotes()).to.deep.equal(["a", "b"]);
      });
    }

    it("stops at a response without any result, as of a portal", async () => {
      const queue = openQueue();
      await record(queue, ...Array.from({ length: 101 }, (_, index) => `${index}`));
      respond = async (notes) => (notes.length > 1 ? new Response("{}") : problem(422, "invalid-body"));
      expect(await failureOf(queue.sync())).to.contain("100 of 100");
      expect([refused, queuedNotes().length, sent.length]).to.deep.equal([[], 101, 1]);
    });

    it("keeps an activity without a result", async () => {
      const queue = openQueue();
      await record(queue, ..."abc");
      respond = (_notes, request) => withResults(request, ([a, , c]) => [a, c]);
      expect(await failureOf(queue.sync())).to.contain("1 of 3");
      expect(queuedNotes()).to.deep.equal(["b"]);
    });

    it("keeps an activity whose result has an unknown status, or a refusal without a problem", async () => {
      const queue = openQueue();
      await record(queue, ..."abc");
      respond = (_notes, request) =>
        withResults(request, ([a, b, c]) => [{ ...a, status: "queued" }, { id: b!.id, status: "refused" }, c]);
      expect(await failureOf(queue.sync())).to.contain("2 of 3");
      expect([refused, queuedNotes()]).to.deep.equal([[], ["a", "b"]]);
    });

    it("finds the results by id, in any order", async () => {
      const queue = openQueue();
      await queue.record({ ...activity("rocket"), kind: "rocket" });
      await record(queue, ..."abc");
      respond = (_notes, request) => withResults(request, (results) => results.reverse());
      expect(await queue.sync()).to.equal(undefined);
      expect([refused, await storedNotes(), await queue.length()]).to.deep.equal([
        ["rocket: invalid-activity"],
        [..."abc"],
        0,
      ]);
    });

    it("still sends what does not fit into the batch without a result", async () => {
      const queue = openQueue();
      await record(queue, ...Array.from({ length: 101 }, (_, index) => `${index}`));
      respond = (notes, request) => (notes.length > 1 ? withResults(request, (all) => all.slice(1)) : fetch(request));
      expect(await failureOf(queue.sync())).to.contain("1 of 100");
      expect(queuedNotes()).to.deep.equal(["0"]);
    });
  });

  describe("with an app that fails on a refused activity", () => {
    for (const [what, fail] of Object.entries({
      throws: () => {
        throw new Error("no screen");
      },
      rejects: () => Promise.reject(new Error("no screen")),
    })) {
      it(`keeps it if the app ${what}, sends the rest, and calls again`, async () => {
        const queue = openQueue(fail);
        await queue.record({ ...activity("rocket"), kind: "rocket" });
        await record(queue, ..."ab");
        expect(await failureOf(queue.sync())).to.equal("no screen");
        expect([await storedNotes(), queuedNotes()]).to.deep.equal([["a", "b"], ["rocket"]]);
        expect(await openQueue().sync()).to.equal(undefined);
        expect([refused, queuedNotes()]).to.deep.equal([["rocket: invalid-activity"], []]);
      });
    }

    it("keeps it until the app is done with it", async () => {
      let queuedMeanwhile: string[] = [];
      const queue = openQueue(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        queuedMeanwhile = queuedNotes();
      });
      await queue.record({ ...activity("rocket"), kind: "rocket" });
      await queue.sync();
      expect([queuedMeanwhile, queuedNotes()]).to.deep.equal([["rocket"], []]);
    });
  });

  describe("with a storage that fails", () => {
    const broken = new Error("database or disk is full");
    const fail = () => Promise.reject(broken);

    it("says that an activity is not recorded, and records the next", async () => {
      const queue = openQueue();
      storage.beforeWrite = fail;
      expect(await failureOf(queue.record(activity("a")))).to.equal(broken.message);
      storage.beforeWrite = async () => {};
      await record(queue, "b");
      expect(queuedNotes()).to.deep.equal(["b"]);
    });

    it("sends again what it could not remove, which the service then has already", async () => {
      const queue = openQueue();
      await record(queue, "a");
      storage.beforeWrite = fail;
      expect(await failureOf(queue.sync())).to.equal(broken.message);
      storage.beforeWrite = async () => {};
      expect(await queue.sync()).to.equal(undefined);
      expect([await storedNotes(), queuedNotes(), sent.length]).to.deep.equal([["a"], [], 2]);
    });

    it("says that it cannot read", async () => {
      storage.getItem = fail;
      const queue = openQueue();
      for (const call of [queue.sync(), queue.length(), queue.record(activity("a"))]) {
        expect(await failureOf(call)).to.equal(broken.message);
      }
    });

    for (const value of ['[{"id":"5c0f1a5e-3c0e-4d0f-8a53-3a3c2f', '{"a":1}', "null", '"[]"']) {
      it(`sets aside ${value}, says so, and goes on`, async () => {
        storage.values.set(key, value);
        const queue = openQueue();
        await record(queue, "a");
        expect(await queue.sync()).to.equal(undefined);
        expect([unreadable, await storedNotes(), queuedNotes()]).to.deep.equal([[value], ["a"], []]);
        expect([...storage.values.values()]).to.include(value);
      });
    }

    it("sends the activities between others that are none", async () => {
      const good = { ...activity("a"), id: randomUUID() };
      const value = JSON.stringify([null, good, 5, { ...good, id: "1" }, { ...good, id: undefined }]);
      storage.values.set(key, value);
      expect(await openQueue().sync()).to.equal(undefined);
      expect([unreadable, await storedNotes(), queuedNotes()]).to.deep.equal([[value], ["a"], []]);
    });

    it("sets aside more than one value", async () => {
      for (const value of ["1", "2"]) {
        storage.values.set(key, value);
        await openQueue().length();
      }
      expect([...storage.values.values()].sort()).to.deep.equal(["1", "2", "[]"]);
    });

    it("leaves the value where it is if it cannot be set aside", async () => {
      storage.values.set(key, "half");
      storage.beforeWrite = fail;
      expect(await failureOf(openQueue().record(activity("a")))).to.equal(broken.message);
      expect([unreadable, [...storage.values.values()]]).to.deep.equal([[], ["half"]]);
    });
  });

  describe("used concurrently", () => {
    it("syncs once for two calls, and keeps what is recorded meanwhile", async () => {
      const queue = openQueue();
      await record(queue, "a");
      respond = async (notes) => {
        if (notes.includes("a")) await record(queue, "b");
        return undefined;
      };
      const [first, second] = [queue.sync(), queue.sync()];
      expect(first).to.equal(second);
      await first;
      expect(sent).to.deep.equal([["a"], ["b"]]);
      expect([await storedNotes(), queuedNotes()]).to.deep.equal([["a", "b"], []]);
    });

    it("loses nothing if the app opens a queue twice", async () => {
      await Promise.all(Array.from({ length: 20 }, (_, index) => record(openQueue(), `${index}`)));
      expect(queuedNotes()).to.have.length(20);
      await Promise.all([openQueue().sync(), record(openQueue(), "late"), openQueue().sync()]);
      await openQueue().sync();
      expect([(await storedNotes()).length, queuedNotes()]).to.deep.equal([21, []]);
    });

    it("gives each activity an id of its own, whatever the app passes", async () => {
      const queue = openQueue();
      const copied = { ...activity("a"), id: "copied" };
      await Promise.all([queue.record(copied), queue.record(copied)]);
      expect(await queue.sync()).to.equal(undefined);
      expect(await storedNotes()).to.deep.equal(["a", "a"]);
    });
  });
});
