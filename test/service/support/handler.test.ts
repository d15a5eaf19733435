import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { AuditLog } from "../../../service/support/audit-log.ts";
import type { FunctionUrlResponse } from "../../../service/support/handler.ts";
import { operatorArn } from "../../support/call-every-support-action.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { toFunctionUrlEvent } from "../../support/function-url.ts";
import { expectProblem, problemType, startService, type TestUser, useService } from "../../support/service.ts";
import { item } from "../activities/support.ts";
import { createSupport, reason, type SupportCall } from "./support.ts";

/** What tells who a user is. */
const getPersonalTexts = ({ email, name }: TestUser): string[] => [
  email,
  ...email.split("@"),
  email.split("@")[1]!.split(".")[0]!,
  name,
  "Ann's phone",
];

describeOnDatabases("The support function", (database) => {
  const service = useService(() => startService({ database: async () => database() }));
  let { call, handler, lines }: ReturnType<typeof createSupport> = {} as never;
  before(() => {
    ({ call, handler, lines } = createSupport(service.backends));
  });

  const findAudit = (filter: object) => database().collection("audit").find(filter).toArray();
  const register = () => service.register({ name: "Annabel Nguyen", device: "Ann's phone" });
  const getOutcome = async ({ body }: SupportCall) => {
    const [, id] = /^urn:request:(.*)$/.exec(body.instance) ?? [undefined, body.audit_entry];
    return (await findAudit({ _id: `${id}.outcome` }))[0];
  };

  it("finds an account by any spelling of its address, and masks it", async () => {
    const ann = await register();
    const { status, body } = await call({ action: "find", email: ann.email.toUpperCase() });
    expect(status).to.equal(200);
    const { created_at, ...user } = body.user;
    expect(user).to.deep.equal({ id: ann.id, email: "p***@e***.com", name: "A***", email_verified: false });
    expect(Date.parse(created_at)).to.be.closeTo(Date.now(), 60_000);
    const [entry] = await findAudit({ _id: body.audit_entry });
    expect(entry).to.deep.include({
      caller: operatorArn,
      sourceIp: "192.0.2.7",
      action: "find",
      reason,
      searched: "p***@e***.com",
      discloses: false,
    });
    expect(await getOutcome({ status, body })).to.deep.include({ outcome: "done", userId: ann.id });
  });

  it("says that there is no account with an address, and records that it was searched", async () => {
    const response = await call({ action: "find", email: "stranger@example.org" });
    expectProblem(response as never, 404, "user-not-found");
    const outcome = await getOutcome(response);
    expect(outcome).to.deep.include({ outcome: "failed", problem: problemType("user-not-found") });
    const [entry] = await findAudit({ _id: outcome!.entry });
    expect(entry).to.deep.include({ searched: "s***@e***.org" });
  });

  it("shows sessions and activities by number, and personal data only if asked", async () => {
    const ann = await register();
    await service.logIn(ann);
    const newest = item({ occurred_at: new Date(Date.now() - 60_000).toISOString() });
    await ann.send("POST", "/v1/activities", { body: { activities: [item(), newest] } });
    const masked = (await call({ action: "show", user_id: ann.id })).body;
    expect(masked.user).to.deep.include({ sessions: 2, activities: 2, last_activity_at: newest.occurred_at });
    expect(masked.user.name).to.equal("A***");
    const shown = (await call({ action: "show", user_id: ann.id, show: true })).body;
    expect(shown.user).to.deep.include({ email: ann.email, name: "Annabel Nguyen" });
    const entries = await findAudit({ _id: { $in: [masked.audit_entry, shown.audit_entry] } });
    expect(entries.map(({ _id, discloses }) => [_id === shown.audit_entry, discloses])).to.have.deep.members([
      [false, false],
      [true, true],
    ]);
  });

  it("lists sessions, with devices only if asked", async () => {
    const ann = await register();
    const masked = (await call({ action: "sessions", user_id: ann.id })).body;
    expect(masked.sessions.map(({ device }: { device: string }) => device)).to.deep.equal(["A***"]);
    const shown = (await call({ action: "sessions", user_id: ann.id, show: true })).body;
    expect(shown.sessions[0]).to.include({ device: "Ann's phone", country: null });
  });

  it("ends all sessions", async () => {
    const ann = await register();
    await service.logIn(ann);
    expect((await call({ action: "end-sessions", user_id: ann.id })).body.ended).to.equal(2);
    expect(lines.filter(({ event, user_id }) => event === "session_revoked" && user_id === ann.id)).to.have.length(1);
    expectProblem(await service.refresh(ann.refreshToken), 401, "invalid-refresh-token");
    expect((await call({ action: "end-sessions", user_id: ann.id })).body.ended).to.equal(0);
  });

  it("exports what the API does, without a current session, also for an address that was never confirmed", async () => {
    const ann = await register();
    await ann.send("POST", "/v1/activities", { body: { activities: [item()] } });
    const own = (await ann.send("GET", "/v1/sessions")).body.sessions;
    const { body } = await call({ action: "export", user_id: ann.id });
    expect(body.export.profile.email).to.equal(ann.email);
    expect(body.export.activities).to.have.length(1);
    expect(body.export.sessions).to.deep.equal([{ ...own[0], current: false }]);
    expect(body.export.next_cursor).to.equal(null);
    expect((await findAudit({ _id: body.audit_entry }))[0]).to.include({ action: "export", discloses: true });
  });

  it("deletes an account once, and says so when it is deleted again", async () => {
    const ann = await register();
    await ann.send("POST", "/v1/activities", { body: { activities: [item()] } });
    const first = (await call({ action: "delete", user_id: ann.id })).body;
    expect(first.deleted).to.equal(true);
    expectProblem(await service.logIn(ann), 401, "invalid-credentials");
    expect(await database().collection("activities").countDocuments({ userId: ann.id })).to.equal(0);
    const second = (await call({ action: "delete", user_id: ann.id })).body;
    expect(second).to.include({ deleted: false, deleted_at: first.deleted_at });
    const shown = await call({ action: "show", user_id: ann.id });
    expectProblem(shown as never, 410, "user-deleted");
    expect(shown.body.deleted_at).to.equal(first.deleted_at);
    expectProblem((await call({ action: "delete", user_id: randomUUID() })) as never, 404, "user-not-found");
  });

  it("deletes an account for two at a time", async () => {
    const ann = await register();
    const results = await Promise.all([1, 2].map(() => call({ action: "delete", user_id: ann.id })));
    expect(results.map(({ status }) => status)).to.deep.equal([200, 200]);
    expectProblem(await service.logIn(ann), 401, "invalid-credentials");
    expect(await findAudit({ userId: ann.id, action: "delete" })).to.have.length(2);
  });

  it("queues a mail that confirms the address, until it is confirmed", async () => {
    const ann = await register();
    const sent = service.mails.length;
    expect((await call({ action: "resend", user_id: ann.id })).body.queued).to.equal(true);
    const [mail] = service.mails.slice(sent) as { kind: string; to: string; link: string }[];
    expect(mail).to.include({ kind: "email-verification", to: ann.email });
    const token = new URL(mail!.link).searchParams.get("token");
    expect((await service.send("POST", "/v1/auth/email/confirm", { body: { token } })).status).to.equal(204);
    expect((await call({ action: "resend", user_id: ann.id })).body.queued).to.equal(false);
    expect((await call({ action: "show", user_id: ann.id })).body.user.email_verified).to.equal(true);
    expect(service.mails).to.have.length(sent + 1);
  });

  it("says that the queue did not take the mail", async () => {
    const ann = await register();
    const put = () => Promise.reject(new Error("the queue is silent"));
    const silent = createSupport({ ...service.backends, mails: async () => ({ put }) });
    const response = await silent.call({ action: "resend", user_id: ann.id });
    expectProblem(response as never, 503, "mail-not-queued");
    expect(await getOutcome(response)).to.include({ outcome: "failed", problem: problemType("mail-not-queued") });
    expect(silent.lines.find(({ MailsNotQueued }) => MailsNotQueued)).to.include({ message: "audit outcome" });
    const failure = silent.lines.find(({ message }) => message === "support request failed");
    expect(JSON.stringify(failure!.cause)).to.contain("the queue is silent");
  });

  it("lists who did what to an account, with the searches that found it", async () => {
    const ann = await register();
    const find = (await call({ action: "find", email: ann.email })).body.audit_entry;
    await call({ action: "show", user_id: ann.id, show: true });
    await database()
      .collection("audit")
      .deleteOne({ userId: ann.id, outcome: "done", entry: { $ne: find } });
    const { body } = await call({ action: "audit", user_id: ann.id });
    expect(body.entries.map(({ at, ...entry }: { at: string }) => entry)).to.have.deep.members([
      {
        id: body.entries.find(({ action }: { action: string }) => action === "show").id,
        ...{ caller: operatorArn, source_ip: "192.0.2.7", action: "show", reason, discloses: true, outcome: "unknown" },
      },
      {
        ...{ id: find, caller: operatorArn, source_ip: "192.0.2.7", action: "find", reason, discloses: false },
        ...{ searched: "p***@e***.com", outcome: "done" },
      },
    ]);
  });

  it("keeps all that tells who a user is out of responses and lines of its log", async () => {
    const ann = await register();
    await ann.send("POST", "/v1/activities", { body: { activities: [item()] } });
    const responses = [
      await call({ action: "find", email: ann.email, reason: `${ann.email} has called` }),
      await call({ action: "show", user_id: ann.id }),
      await call({ action: "sessions", user_id: ann.id }),
      await call({ action: "audit", user_id: ann.id }),
      await call({ action: "end-sessions", user_id: ann.id }),
      await call({ action: "delete", user_id: ann.id }),
    ];
    expect(responses.map(({ status }) => status)).to.deep.equal(responses.map(() => 200));
    // Also what was shown to others before.
    const text = JSON.stringify([responses, lines, await findAudit({})]);
    for (const personal of getPersonalTexts(ann)) expect(text).to.not.contain(JSON.stringify(personal).slice(1, -1));
  });

  it("writes each entry to its log, with the operator, before the act and after it", async () => {
    const ann = await register();
    const { audit_entry } = (await call({ action: "delete", user_id: ann.id })).body;
    const [entry, outcome] = lines.filter((line) => line.audit_entry === audit_entry);
    expect(entry).to.include({
      message: "audit entry",
      caller: operatorArn.replace("@", " at "),
      source_ip: "192.0.2.7",
      action: "delete",
      reason,
      user_id: ann.id,
      SupportDeletions: 1,
    });
    expect(outcome).to.include({ message: "audit outcome", outcome: "done" });
  });

  it("does nothing for a caller that Lambda has not authenticated", async () => {
    const ann = await register();
    const before = await findAudit({});
    const request = { action: "delete", user_id: ann.id };
    expectProblem((await call(request, null)) as never, 403, "unknown-caller");
    expectProblem((await call(request, "ann")) as never, 403, "unknown-caller");
    // An invocation without the URL.
    expect(await handler({ reason, ...request })).to.include({ type: problemType("unsupported-event") });
    const gateway = { ...toFunctionUrlEvent(operatorArn, { body: JSON.stringify({ reason, ...request }) }) };
    expect(await handler({ ...gateway, version: "1.0" })).to.include({ statusCode: 500 });
    expect((await service.logIn(ann)).status).to.equal(200);
    expect(await findAudit({})).to.deep.equal(before);
  });

  for (const [title, request, status, slug] of [
    ["without a reason", { action: "show", user_id: randomUUID(), reason: undefined }, 422, "invalid-body"],
    ["with too short a reason", { action: "show", user_id: randomUUID(), reason: " 123 567 " }, 422, "invalid-body"],
    ["with too long a reason", { action: "show", user_id: randomUUID(), reason: "x".repeat(501) }, 422, "invalid-body"],
    ["of an unknown action", { action: "promote", user_id: randomUUID() }, 422, "invalid-body"],
    ["with an unknown member", { action: "delete", user_id: randomUUID(), show: true }, 422, "invalid-body"],
    ["with an id that is none", { action: "show", user_id: { $ne: null } }, 422, "invalid-body"],
    ["with an address that is none", { action: "find", email: "ann" }, 422, "invalid-body"],
    ["that is no JSON", "{", 400, "malformed-json"],
    ["that is too large", `"${"x".repeat(10_000)}"`, 413, "body-too-large"],
  ] as const) {
    it(`refuses a request ${title}, and records nothing`, async () => {
      const before = await findAudit({});
      expectProblem((await call(request)) as never, status, slug);
      expect(await findAudit({})).to.deep.equal(before);
    });
  }

  it("does nothing if the audit log does not take the entry", async () => {
    const ann = await register();
    const failing = createSupport({
      ...service.backends,
      async database() {
        const failure = async () => {
          throw Object.assign(new Error("not authorized on ecobeat"), { name: "MongoServerError", code: 13 });
        };
        return new Proxy(database(), {
          get: (target, name) =>
            name === "collection"
              ? (collection: string) =>
                  collection === "audit" ? { insertOne: failure } : target.collection(collection)
              : Reflect.get(target, name),
        });
      },
    });
    for (const action of ["delete", "end-sessions", "show", "export"]) {
      expectProblem((await failing.call({ action, user_id: ann.id })) as never, 503, "not-recorded");
    }
    expectProblem((await failing.call({ action: "find", email: ann.email })) as never, 503, "not-recorded");
    expect((await service.refresh(ann.refreshToken)).status).to.equal(200);
  });

  it("records that an action took too long, although no time is left", async () => {
    const ann = await register();
    const sessions = () => new Promise<never>(() => {});
    // Lambda's own limit comes first.
    const silent = createSupport({ ...service.backends, sessions }, { ...defaultTimeouts, request: 600_000 });
    const body = JSON.stringify({ action: "end-sessions", reason, user_id: ann.id });
    let awsRequestId: string;
    let type: string;
    // Longer and longer, until there is time for the entry.
    let milliseconds = 50;
    do {
      awsRequestId = randomUUID();
      const remaining = defaultTimeouts.requestMargin + milliseconds;
      const context = { awsRequestId, getRemainingTimeInMillis: () => remaining };
      const response = await silent.handler(toFunctionUrlEvent(operatorArn, { body }), context);
      expect(response).to.include({ statusCode: 503 });
      ({ type } = JSON.parse((response as FunctionUrlResponse).body));
      milliseconds *= 2;
    } while (type === problemType("not-recorded"));
    const [outcome] = await findAudit({ _id: `${awsRequestId}.outcome` });
    expect(outcome).to.include({ outcome: "failed", userId: ann.id });
  });

  it("says that there is no account with an id, for each action on one", async () => {
    for (const action of ["show", "sessions", "end-sessions", "export", "delete", "resend"]) {
      expectProblem((await call({ action, user_id: randomUUID() })) as never, 404, "user-not-found");
    }
  });

  it("deletes what an earlier deletion has left", async () => {
    const ann = await register();
    await call({ action: "delete", user_id: ann.id });
    await database()
      .collection<{ _id: string }>("activities")
      .insertOne({ _id: `${ann.id}:left`, userId: ann.id } as never);
    expect((await call({ action: "delete", user_id: ann.id })).body.deleted).to.equal(false);
    expect(await database().collection("activities").countDocuments({ userId: ann.id })).to.equal(0);
  });

  it("lists the newest entries of an account that has too many", async () => {
    const { id } = await register();
    const entries = Array.from({ length: 201 }, (_, index) => ({
      ...{
        _id: `${id}.${index}`,
        at: new Date(1_000 * index),
        caller: operatorArn,
        sourceIp: "192.0.2.7",
        action: "show",
      },
      ...{ reason, discloses: false, userId: id },
    }));
    await database().collection<{ _id: string }>("audit").insertMany(entries);
    const listed = await new AuditLog(database()).list(id);
    expect(listed.map(({ _id }) => _id)).to.deep.equal(
      entries
        .slice(1)
        .map(({ _id }) => _id)
        .reverse(),
    );
  });

  it("refuses bytes that are no text, and lets no cache keep a response", async () => {
    const event = toFunctionUrlEvent(operatorArn, {});
    const body = Buffer.from('{"action":"find","reason":"12345678\xff"}', "latin1").toString("base64");
    const { statusCode, headers } = (await handler({ ...event, body, isBase64Encoded: true })) as FunctionUrlResponse;
    expect(statusCode).to.equal(400);
    expect(headers).to.include({ "Cache-Control": "no-store" });
  });

  it("reports what was done if only its outcome is not stored", async () => {
    const ann = await register();
    const end = AuditLog.prototype.end;
    AuditLog.prototype.end = async () => {
      throw new Error("the database is gone");
    };
    try {
      const { status, body } = await call({ action: "end-sessions", user_id: ann.id });
      expect([status, body.ended]).to.deep.equal([200, 1]);
      expect(lines.at(-1)).to.include({ level: "error", message: "audit outcome not stored", outcome: "done" });
    } finally {
      AuditLog.prototype.end = end;
    }
  });
});

describe("The audit log of support", () => {
  it("waits for a majority, so that a failover loses no entry of which the act was done", async () => {
    const options: unknown[] = [];
    const insertOne = async (_: object, given: unknown) => options.push(given);
    const audit = new AuditLog({ collection: () => ({ insertOne }) } as never);
    await audit.begin({} as never);
    await audit.end({ entry: "1", at: new Date(), outcome: "done" });
    expect(options).to.deep.equal([{ writeConcern: { w: "majority" } }, { writeConcern: { w: "majority" } }]);
  });
});
