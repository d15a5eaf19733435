import { randomUUID } from "node:crypto";
import argon2 from "argon2";
import { expect } from "chai";
import {
  type DatabaseFault,
  databaseFaults,
  type FaultyDatabase,
  faultyDatabase,
  retriedFaults,
} from "../support/faulty-database.ts";
import {
  type ApiResponse,
  cheapPasswords,
  clockFromToday,
  newPerson,
  problemType,
  startService,
  type TestService,
  type TestUser,
} from "../support/service.ts";
import { item } from "./activities/support.ts";

/** More commands than any of the requests sends. */
const manySteps = 12;

/** A request, and what must be true after it was repeated until it got another response than 503. */
interface Case {
  send(): Promise<ApiResponse>;
  check(last: ApiResponse): Promise<void>;
}

describe("A request whose database fails at any of its steps", () => {
  let database: FaultyDatabase;
  let service: TestService;

  before(async () => {
    database = await faultyDatabase();
    service = await startService(
      { database: async () => database.database },
      { passwords: { ...cheapPasswords, passes: 2 } },
      clockFromToday,
    );
  });
  after(async () => {
    await service.stop();
    await database.remove();
  });

  const storedUser = (email: string) => database.direct.collection("users").find({ email }).toArray();
  const all = (userId: string) => database.direct.collection("activities").find({ userId }).toArray();

  const record = async (user: TestUser, ...activities: ReturnType<typeof item>[]) => {
    const { status, body } = await user.send("POST", "/v1/activities", { body: { activities } });
    expect([status, body.results.map((each: { status: string }) => each.status)]).to.deep.equal([
      200,
      activities.map(() => "created"),
    ]);
  };

  const requests: Record<string, () => Promise<Case>> = {
    async registration() {
      const person = newPerson();
      const headers = { "idempotency-key": randomUUID() };
      return {
        send: () => service.send("POST", "/v1/auth/register", { body: person, headers }),
        async check({ status, body }) {
          expect(status).to.equal(201);
          const stored = await storedUser(person.email);
          expect(stored.map(({ _id }) => String(_id))).to.deep.equal([body.user.id]);
          expect((await service.send("GET", "/v1/users/me", { token: body.access_token })).status).to.equal(200);
        },
      };
    },

    async "login with a hash of lower cost"() {
      const person = await service.register();
      // As the service stored it when passwords cost less.
      const passwordHash = (await storedUser(person.email))[0]!.passwordHash;
      const outdated = await argon2.hash(person.password, { memoryCost: 1_024, timeCost: 1 });
      await database.direct.collection("users").updateOne({ passwordHash }, { $set: { passwordHash: outdated } });
      return {
        send: () => service.logIn(person),
        async check({ status }) {
          expect(status).to.equal(200);
          expect((await service.logIn(person)).status).to.equal(200);
        },
      };
    },

    async "change of the profile"() {
      const user = await service.register();
      return {
        send: () => user.send("PATCH", "/v1/users/me", { body: { name: "Anna" } }),
        async check({ status }) {
          expect(status).to.equal(200);
          expect((await user.send("GET", "/v1/users/me")).body.name).to.equal("Anna");
        },
      };
    },

    async "change of the password"() {
      const user = await service.register();
      const body = { current_password: user.password, new_password: "another long passphrase" };
      return {
        send: () => user.send("PUT", "/v1/auth/password", { body }),
        async check({ status }) {
          expect(status).to.equal(204);
          expect((await service.logIn({ ...user, password: body.new_password })).status).to.equal(200);
          expect((await service.logIn(user)).status).to.equal(401);
        },
      };
    },

    async "batch, partly stored and partly deleted"() {
      const user = await service.register();
      const [stored, deleted, ...fresh] = [item(), item(), item(), item()];
      await record(user, stored, deleted);
      await user.send("DELETE", `/v1/activities/${deleted.id}`);
      const activities = [stored, deleted, ...fresh];
      return {
        send: () => user.send("POST", "/v1/activities", { body: { activities } }),
        async check({ status, body }) {
          expect(status).to.equal(200);
          const results = body.results as { id: string; status: string; problem?: { type: string } }[];
          expect(results.map(({ id }) => id)).to.deep.equal(activities.map(({ id }) => id));
          for (const { id, status, problem } of results) {
            const expected = id === deleted.id ? [problemType("activity-deleted")] : [undefined];
            expect([problem?.type]).to.deep.equal(expected);
            expect(status).to.be.oneOf(id === deleted.id ? ["refused"] : ["exists", "created"]);
          }
          const listed = await user.send("GET", "/v1/activities");
          const ids = listed.body.activities.map(({ id }: { id: string }) => id);
          expect(ids).to.have.members([stored, ...fresh].map(({ id }) => id));
        },
      };
    },

    async "change of an activity"() {
      const user = await service.register();
      const recorded = item();
      await record(user, recorded);
      const path = `/v1/activities/${recorded.id}`;
      const etag = (await user.send("GET", path)).headers.get("etag")!;
      return {
        send: () => user.send("PATCH", path, { body: { quantity: 7 }, headers: { "if-match": etag } }),
        async check({ status }) {
          // A change whose reply was lost is done, and its version has passed.
          expect(status).to.be.oneOf([200, 412]);
          const { body, headers } = await user.send("GET", path);
          expect(body.quantity).to.equal(7);
          expect(headers.get("etag")).not.to.equal(etag);
        },
      };
    },

    async "deletion of an activity"() {
      const user = await service.register();
      const recorded = item();
      await record(user, recorded, item());
      const path = `/v1/activities/${recorded.id}`;
      return {
        send: () => user.send("DELETE", path),
        async check({ status }) {
          expect(status).to.be.oneOf([204, 404]);
          expect((await user.send("GET", path)).status).to.equal(404);
          const left = await all(user.id);
          expect(left.filter((each) => "deletedAt" in each)).to.have.length(1);
          expect(left).to.have.length(2);
        },
      };
    },

    async "deletion of an account"() {
      const user = await service.register();
      await record(user, item());
      return {
        send: () => user.send("DELETE", "/v1/users/me"),
        async check({ status, body }) {
          // The session has ended at the first step: the user logs in and deletes again, until the account is gone.
          if (status === 401) {
            expect(body.type).to.equal(problemType("invalid-token"));
            const again = await service.logIn(user);
            if (again.status === 200) {
              const token = again.body.access_token;
              expect((await service.send("DELETE", "/v1/users/me", { token })).status).to.equal(204);
            } else expect(again.status).to.equal(401);
          } else expect(status).to.equal(204);
          expect([await storedUser(user.email), await all(user.id)]).to.deep.equal([[], []]);
          const marks = await database.direct
            .collection("erasures")
            .find({ _id: user.id as never })
            .toArray();
          expect(marks).to.have.length(1);
        },
      };
    },

    async "list, export and summary"() {
      const user = await service.registerConfirmed();
      const recorded = item();
      await record(user, recorded);
      const paths = ["/v1/activities", "/v1/users/me/export", "/v1/activities/summary?month=2026-11", "/v1/users/me"];
      let last: ApiResponse[] = [];
      return {
        async send() {
          service.advance(301);
          last = [];
          for (const path of paths) last.push(await user.send("GET", path));
          return last.find(({ status }) => status !== 200) ?? last[0]!;
        },
        async check({ status }) {
          expect(status).to.equal(200);
          const [list, whole, summary] = last.map(({ body }) => body);
          expect(list.activities.map(({ id }: { id: string }) => id)).to.deep.equal([recorded.id]);
          expect(whole.activities).to.deep.equal(list.activities);
          expect(JSON.stringify(summary)).to.contain("bike_trip");
        },
      };
    },
  };

  for (const [name, begin] of Object.entries(requests)) {
    describe(name, () => {
      for (const fault of Object.keys(databaseFaults) as DatabaseFault[]) {
        for (const times of retriedFaults.includes(fault) ? [1, 3] : [1]) {
          it(`${fault}, ${times === 1 ? "once" : `${times} times`}: 503 or done, and done when repeated`, async () => {
            let steps = 0;
            for (let step = 1; step <= manySteps; step++) {
              const { send, check } = await begin();
              database.failAt(step, fault, times);
              let last = await send();
              const hasHappened = await database.endFault();
              const note = `step ${step}, at first ${last.status}`;
              try {
                for (let attempt = 1; attempt <= 3 && last.status === 503; attempt++) {
                  expect(last.body.type).to.equal(problemType("unavailable"));
                  expect(last.headers.get("retry-after")).to.equal("5");
                  last = await send();
                }
                await check(last);
              } catch (error) {
                if (error instanceof Error) error.message = `${note}: ${error.message}`;
                throw error;
              }
              if (!hasHappened) break;
              steps += 1;
            }
            expect(steps, "steps at which it failed").to.be.within(1, manySteps - 1);
          });
        }
      }
    });
  }
});
