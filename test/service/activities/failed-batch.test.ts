import { once } from "node:events";
import { expect } from "chai";
import { BSON, type Db } from "mongodb";
import { computeEmissions } from "../../../service/activities/kinds.ts";
import { toActivityKey } from "../../../service/activities/repository.ts";
import { expectProblem, problemType } from "../../support/service.ts";
import { type Reply, WireDatabase } from "../../support/wire-database.ts";
import { activityService, item } from "./support.ts";

const duplicate = (index: number) => ({ index, code: 11_000, errmsg: "E11000 duplicate key error" });

/** https://www.mongodb.com/docs/manual/reference/write-concern/#acknowledgment-behavior */
const writeConcernError = {
  code: 64,
  codeName: "WriteConcernFailed",
  errmsg: "waiting for replication timed out",
  errInfo: { wtimeout: true },
};

// Each of these reaches the repository as a MongoBulkWriteError. What was not stored is sent again after a 503, and is
// dropped after "deleted".
describe("A batch whose write fails", () => {
  let server: WireDatabase;
  let database: Db;
  let service: Awaited<ReturnType<typeof activityService>>;
  let ann: Awaited<ReturnType<typeof service.newUser>>;

  beforeEach(async () => {
    server = new WireDatabase();
    await server.start();
    database = server.open("ecobeat", { maxPoolSize: 1, waitQueueTimeoutMS: 500 });
    service = await activityService(database);
    // The fake database updates no account.
    ann = await service.newUser(service.register);
  });
  afterEach(async () => {
    await service.stop();
    await server.stop();
  });

  const at = new Date("2026-11-20T08:30:00Z");
  const theirs = {
    ...{ occurredAt: at, kind: "walk", quantity: 1, note: null },
    ...{ ...computeEmissions("walk", 1), createdAt: at, updatedAt: at, version: 1 },
  };
  /** Stores these activities in the server, whatever it replies to a write. */
  const store = (...documents: object[]) =>
    server.put("ecobeat.activities", { documents: documents.map((each) => Buffer.from(BSON.serialize(each))) });

  /** Sets the reply of the server to writes of activities. */
  const answerWrites = (response: Reply) => {
    server.intercept = (_name, { update }) => (update === "activities" ? response : undefined);
  };

  const expect503 = async (batch: unknown[]) => expectProblem(await ann.post(...batch), 503, "unavailable");

  const failures: Record<string, Reply> = {
    "a cut connection": "drop",
    "an response of ok: 0": { ok: 0, code: 8_000, codeName: "AtlasError", errmsg: "cluster is busy" },
    "a write-concern error": {
      ok: 1,
      n: 2,
      upserted: [0, 1].map((index) => ({ index, _id: index })),
      writeConcernError,
    },
    "a write-concern error besides duplicates": {
      ok: 1,
      n: 0,
      writeErrors: [duplicate(0), duplicate(1)],
      writeConcernError,
    },
    "another error besides a duplicate": {
      ok: 1,
      n: 0,
      writeErrors: [duplicate(0), { index: 1, code: 112, errmsg: "WriteConflict" }],
    },
  };
  for (const [what, response] of Object.entries(failures)) {
    it(`with ${what} gets 503 each time`, async () => {
      answerWrites(response);
      const batch = [item(), item()];
      // A failed write may have stored them, without a majority that keeps them.
      store(...batch.map(({ id }) => ({ _id: toActivityKey(ann.id, id), userId: ann.id, ...theirs })));
      for (let attempt = 1; attempt <= 3; attempt++) await expect503(batch);
    });
  }

  it("with duplicates that are then not found gets 503", async () => {
    answerWrites({ ok: 1, n: 0, writeErrors: [duplicate(0), duplicate(1)] });
    await expect503([item(), item()]);
  });

  it("because the pool has no free connection gets 503", async () => {
    const refused = once(database.client, "connectionCheckOutFailed");
    server.intercept = (name) => (name === "ping" ? refused.then(() => ({ ok: 1 })) : undefined);
    // It keeps the only connection for as long.
    const ping = database.command({ ping: 1 });
    expect((await ann.post(item())).status).to.equal(503);
    expect(server.commands.map(({ update }) => update)).not.to.include("activities");
    await ping;
  });

  for (const [what, rest, result] of [
    ["a tombstone", { deletedAt: at }, ["refused", problemType("activity-deleted")]],
    ["an activity", theirs, ["exists", undefined]],
  ] as const) {
    it(`because another request stored ${what} returns the stored state`, async () => {
      const sent = item();
      store({ _id: toActivityKey(ann.id, sent.id), userId: ann.id, ...rest });
      answerWrites({ ok: 1, n: 0, writeErrors: [duplicate(0)] });
      const { status, body } = await ann.post(sent);
      const [{ status: became, problem }] = body.results;
      expect([status, became, problem?.type]).to.deep.equal([200, ...result]);
    });
  }
});
