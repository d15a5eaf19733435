import { expect } from "chai";
import type { Db } from "mongodb";
import { describeOnDatabases } from "../support/database-suites.ts";
import { interceptedBackends } from "../support/intercepted-database.ts";
import { expectProblem, startService, type TestService, type TestUser, today } from "../support/service.ts";
import { item } from "./activities/support.ts";

/** A write that another request overtakes, between the check of its precondition and its effect. */
describeOnDatabases("A precondition", (get) => {
  let service: TestService;
  let database: Db;
  let user: TestUser;
  /** What happens before an operation of the database or of the session store. */
  let intercept: (operation: string) => Promise<void>;
  before(async () => {
    database = get();
    const backends = interceptedBackends(database, (operation) => intercept(operation));
    service = await startService(backends, {}, () => today);
  });
  after(() => service.stop());
  beforeEach(async () => {
    intercept = async () => {};
    user = await service.register();
  });

  /** Overtakes the next operation with this name. */
  function overtake(name: string, act: () => Promise<unknown>): void {
    intercept = async (operation) => {
      if (operation !== name) return;
      intercept = async () => {};
      await act();
    };
  }

  async function record(): Promise<string> {
    const sent = item();
    await user.send("POST", "/v1/activities", { body: { activities: [sent] } });
    return `/v1/activities/${sent.id}`;
  }
  const change = (path: string, ifMatch: string) =>
    user.send("PATCH", path, { body: { note: "changed" }, headers: { "if-match": ifMatch } });
  const rename = (headers: Record<string, string> = {}) =>
    user.send("PATCH", "/v1/users/me", { body: { name: "Anna" }, headers });
  const remove = (path: string, headers: Record<string, string> = {}) => user.send("DELETE", path, { headers });
  const read = (path: string) => user.send("GET", path);

  it("deletes no activity that a change has overtaken", async () => {
    const path = await record();
    overtake("activities.replaceOne", async () => expect((await change(path, "*")).status).to.equal(200));
    expectProblem(await remove(path, { "if-match": '"1-1"' }), 412, "precondition-failed");
    expect((await read(path)).body.note).to.equal("changed");
  });

  it("of any version deletes an activity that a change has overtaken", async () => {
    const path = await record();
    overtake("activities.replaceOne", async () => expect((await change(path, '"1-1"')).status).to.equal(200));
    expect((await remove(path, { "if-match": "*" })).status).to.equal(204);
    expect((await read(path)).status).to.equal(404);
  });

  it("finds no activity that another deletion has overtaken: 404", async () => {
    const path = await record();
    overtake("activities.replaceOne", async () => expect((await remove(path)).status).to.equal(204));
    expectProblem(await remove(path, { "if-match": '"1-1"' }), 404, "activity-not-found");
  });

  it("lets exactly one of concurrent changes and deletions of a version succeed", async () => {
    const path = await record();
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, i) => (i % 2 ? change(path, '"1-1"') : remove(path, { "if-match": '"1-1"' }))),
    );
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status < 300)).to.have.length(1);
    const isDeleted = statuses.includes(204);
    for (const status of statuses.filter((each) => each >= 300))
      expect(status).to.be.oneOf(isDeleted ? [404, 412] : [412]);
    expect((await read(path)).status).to.equal(isDeleted ? 404 : 200);
  });

  it("deletes nothing of an account whose profile a change has overtaken", async () => {
    const path = await record();
    const tag = (await read("/v1/users/me")).headers.get("etag")!;
    overtake("users.updateOne", async () => expect((await rename()).status).to.equal(200));
    expectProblem(await remove("/v1/users/me", { "if-match": tag }), 412, "precondition-failed");
    expect((await read("/v1/users/me")).body.name).to.equal("Anna");
    expect((await read(path)).status).to.equal(200);
    expect((await service.refresh(user.refreshToken)).status).to.equal(200);
  });

  it("of a deletion in progress fails any change of the same version", async () => {
    const tag = (await read("/v1/users/me")).headers.get("etag")!;
    overtake("activities.deleteMany", async () => expect((await rename({ "if-match": tag })).status).to.equal(412));
    expect((await remove("/v1/users/me", { "if-match": tag })).status).to.equal(204);
    expect((await read("/v1/users/me")).status).to.equal(401);
  });

  it("changes no profile that another change has overtaken, unless for any version", async () => {
    const tag = (await read("/v1/users/me")).headers.get("etag")!;
    for (const [ifMatch, status] of [
      [tag, 412],
      ["*", 200],
    ] as const) {
      overtake("users.findOneAndUpdate", async () => expect((await rename()).status).to.equal(200));
      expect((await rename({ "if-match": ifMatch })).status).to.equal(status);
    }
  });

  it("ends no session of a list in which one was used or opened meanwhile", async () => {
    const other = (await service.logIn(user)).body;
    for (const act of [() => service.refresh(other.refresh_token), () => service.logIn(user)]) {
      service.advance(1);
      const before = await read("/v1/sessions");
      overtake("sessions.revokeAll", async () => expect((await act()).status).to.equal(200));
      const headers = { "if-match": before.headers.get("etag")! };
      expectProblem(await remove("/v1/sessions", headers), 412, "precondition-failed");
      expect((await read("/v1/sessions")).body.sessions.length).to.be.at.least(before.body.sessions.length);
    }
    overtake("sessions.revokeAll", async () => expect((await service.logIn(user)).status).to.equal(200));
    expect((await remove("/v1/sessions", { "if-match": "*" })).status).to.equal(204);
    expect((await read("/v1/sessions")).body.sessions).to.have.length(1);
  });
});
