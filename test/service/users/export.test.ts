import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type Activity, toActivityId, toActivityKey } from "../../../service/activities/repository.ts";
import { activitiesInExport } from "../../../service/users/export.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { useService } from "../../support/service.ts";
import { activityService, item } from "../activities/support.ts";

describeOnDatabases("The export of an account", (database) => {
  const service = useService(() => activityService(database()));

  it("contains the profile, the sessions and all activities, and no secret", async () => {
    const [ann, bob] = [await service.newUser(), await service.newUser()];
    const [kept, gone] = [item(), item()];
    await ann.post(kept, gone);
    await bob.post(item());
    await ann.send("DELETE", `/v1/activities/${gone.id}`);
    const { status, headers, body } = await ann.send("GET", "/v1/users/me/export");
    expect(status).to.equal(200);
    expect(headers.get("content-disposition")).to.equal("attachment; filename=ecobeat-export.json");
    expect(headers.get("content-type")).to.equal("application/json; charset=utf-8");
    expect(headers.get("cache-control")).to.equal("no-store");
    expect(body).to.have.all.keys("exported_at", "profile", "sessions", "activities", "next_cursor");
    expect(body.profile).to.deep.equal((await ann.send("GET", "/v1/users/me")).body);
    expect(body.sessions).to.deep.equal((await ann.send("GET", "/v1/sessions")).body.sessions);
    expect(body.activities).to.deep.equal((await ann.send("GET", "/v1/activities")).body.activities);
    expect(body.activities.map(({ id }: { id: string }) => id)).to.deep.equal([kept.id]);
    expect(body.next_cursor).to.equal(null);
    expect(JSON.stringify(body)).not.to.match(/argon2|hash|token/i);
  });

  it("of a large account comes in parts, each small enough for Lambda at its largest", async () => {
    const ann = await service.newUser();
    const at = new Date("2026-11-20T08:30:00.123Z");
    const longest = (): Activity => ({
      _id: toActivityKey(ann.id, randomUUID()),
      userId: ann.id,
      occurredAt: at,
      kind: "train_instead_of_flight",
      quantity: 9_999.999,
      // Half of characters that JSON escapes twice, and half of those with the most bytes.
      note: '"'.repeat(100) + "\u{1f6b2}".repeat(100),
      co2eGrams: 1_159_999,
      kindsVersion: 1,
      createdAt: at,
      updatedAt: at,
      version: 1,
    });
    const all = Array.from({ length: activitiesInExport + 1 }, longest);
    await database().collection<Activity>("activities").insertMany(all);
    const first = await ann.send("GET", "/v1/users/me/export");
    const response = JSON.stringify({ statusCode: 200, body: JSON.stringify(first.body) });
    expect(Buffer.byteLength(response)).to.be.below(6 * 1024 * 1024 - 64 * 1024);
    const second = await ann.send("GET", `/v1/users/me/export?cursor=${first.body.next_cursor}`);
    expect(second.body.next_cursor).to.equal(null);
    const ids = [first, second].flatMap(({ body }) => body.activities.map(({ id }: { id: string }) => id));
    expect(ids).to.have.length(all.length);
    expect(new Set(ids)).to.deep.equal(new Set(all.map(toActivityId)));
  });

  it("refuses an invalid cursor, and unknown parameters", async () => {
    const ann = await service.newUser();
    for (const query of ["?cursor=junk", "?limit=5"]) {
      expect((await ann.send("GET", `/v1/users/me/export${query}`)).status).to.equal(400);
    }
  });

  it("is refused to a token whose session has ended", async () => {
    const ann = await service.newUser();
    await ann.send("DELETE", `/v1/sessions/${(await ann.send("GET", "/v1/sessions")).body.sessions[0].id}`);
    expect((await ann.send("GET", "/v1/users/me/export")).status).to.equal(401);
    expect((await ann.send("GET", "/v1/activities")).status).to.equal(200);
  });
});
