import { randomUUID } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { useService } from "../../support/service.ts";
import { isThorough } from "../../support/thorough.ts";
import { activityService, item } from "./support.ts";

type Person = Awaited<ReturnType<Awaited<ReturnType<typeof activityService>>["newUser"]>>;

const people = 3;
const who = fc.nat({ max: people - 1 });
/** Few, so that users often choose the same activity. */
const which = fc.nat({ max: 5 });

const operation = fc.oneof(
  fc.record({ name: fc.constant("post" as const), who, ids: fc.array(which, { minLength: 1, maxLength: 4 }) }),
  fc.record({ name: fc.constantFrom("get" as const, "change" as const, "delete" as const), who, id: which }),
  fc.record({
    name: fc.constant("list" as const),
    who,
    limit: fc.integer({ min: 1, max: 3 }),
    cursor: fc.oneof(
      fc.constant("none" as const),
      // A cursor of any user, perhaps with the id or list of another.
      fc.record({ of: who, taken: fc.nat(), id: fc.option(which), list: fc.option(who) }),
    ),
  }),
  fc.record({ name: fc.constantFrom("summary" as const, "export" as const), who }),
);

describeOnDatabases("Users with any ids and cursors", (database) => {
  const service = useService(() => activityService(database()));

  it("never see, change or count activities of others", async function () {
    this.timeout(240_000);
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 40 }), async (operations) => {
        const users: Person[] = [];
        for (let i = 0; i < people; i++) users.push(await service.newUser());
        const ids = Array.from({ length: 6 }, () => randomUUID() as string);
        /** The activities of each user, by id: the note, which names the owner. Deleted ones are null. */
        const own = users.map(() => new Map<string, string | null>());
        const cursors: string[][] = users.map(() => []);
        const alive = (person: number) => [...own[person]!].filter(([, note]) => note !== null);

        for (const step of operations) {
          const user = users[step.who]!;
          const mine = own[step.who]!;
          const id = "id" in step ? ids[step.id]! : "";
          const path = `/v1/activities/${id}`;
          if (step.name === "post") {
            const { body } = await user.post(
              ...step.ids.map((each) => item({ id: ids[each], note: `of ${step.who}` })),
            );
            for (const [i, each] of step.ids.entries()) {
              const known = mine.get(ids[each]!);
              const status = known === undefined ? "created" : known === null ? "refused" : "exists";
              expect(body.results[i].status).to.equal(status);
              if (status === "created") mine.set(ids[each]!, `of ${step.who}`);
              if (status !== "refused") expect(body.results[i].activity.note).to.equal(mine.get(ids[each]!));
            }
          } else if (step.name === "get") {
            const { status, body } = await user.send("GET", path);
            expect(status).to.equal(mine.get(id) ? 200 : 404);
            if (status === 200) expect(body.note).to.equal(mine.get(id));
          } else if (step.name === "change") {
            const note = `of ${step.who}, changed`;
            const headers = { "if-match": "*" };
            const { status } = await user.send("PATCH", path, { body: { note }, headers });
            expect(status).to.equal(mine.get(id) ? 200 : 404);
            if (status === 200) mine.set(id, note);
          } else if (step.name === "delete") {
            expect((await user.send("DELETE", path)).status).to.equal(mine.get(id) ? 204 : 404);
            if (mine.get(id)) mine.set(id, null);
          } else if (step.name === "list") {
            const query = new URLSearchParams({ limit: String(step.limit) });
            if (step.cursor !== "none") {
              const taken = cursors[step.cursor.of]!;
              const cursor = taken[step.cursor.taken % taken.length];
              const list = step.cursor.list === null ? undefined : cursors[step.cursor.list]![0];
              if (cursor)
                query.set("cursor", forge(cursor, step.cursor.id === null ? undefined : ids[step.cursor.id], list));
            }
            const { status, body } = await user.send("GET", `/v1/activities?${query}`);
            expect(status).to.be.oneOf(query.has("cursor") ? [200, 400] : [200]);
            for (const { id, note } of body.activities ?? []) expect(note).to.equal(mine.get(id));
            if (body.next_cursor) cursors[step.who]!.push(body.next_cursor);
          } else if (step.name === "summary") {
            const { body } = await user.send("GET", "/v1/activities/summary?month=2026-11");
            expect(body.count).to.equal(alive(step.who).length);
          } else {
            const { body } = await user.send("GET", "/v1/users/me/export");
            const notes = body.activities.map(({ id, note }: { id: string; note: string }) => [id, note]);
            expect(notes).to.have.deep.members(alive(step.who));
          }
        }
      }),
      { numRuns: isThorough ? 30 : 5 },
    );
  });
});

/** A cursor with another activity's id in it, and what binds it to its list taken from another cursor. */
function forge(cursor: string, id: string | undefined, other: string | undefined): string {
  const read = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString());
  const [time, ownId, ownList] = read(cursor);
  const forged = [time, id ?? ownId, other ? read(other)[2] : ownList];
  return Buffer.from(JSON.stringify(forged)).toString("base64url");
}
