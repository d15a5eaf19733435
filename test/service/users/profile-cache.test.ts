import { expect } from "chai";
import { useEmbeddedDatabase } from "../../support/database-suites.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { failedOperation } from "../../support/real-errors.ts";
import { startService, type TestUser, useService } from "../../support/service.ts";

describe("A cached profile", () => {
  let reads = 0;
  /** The operation whose response is lost. */
  let losing: string | undefined;
  const embedded = useEmbeddedDatabase();
  const service = useService(() => {
    const database = interceptedDatabase(
      embedded(),
      async (operation) => {
        if (operation === "users.findOne") reads += 1;
      },
      async (operation) => {
        if (operation !== losing) return;
        throw await failedOperation((users) => users.findOneAndUpdate({}, { $set: { name: "Anna" } }));
      },
    );
    return startService({ database: async () => database });
  });

  const getName = async ({ send }: TestUser) => (await send("GET", "/v1/users/me")).body.name;
  const getTag = async ({ send }: TestUser) => (await send("GET", "/v1/users/me")).headers.get("etag")!;
  const rename = ({ send }: TestUser, name: string) => send("PATCH", "/v1/users/me", { body: { name } });

  it("is read once, and again after a change", async () => {
    const user = await service.register();
    reads = 0;
    for (let i = 0; i < 3; i++) expect(await getName(user)).to.equal("Ann");
    expect(reads).to.equal(1);
    await rename(user, "Anna");
    for (let i = 0; i < 3; i++) expect(await getName(user)).to.equal("Anna");
    expect(reads).to.equal(2);
  });

  it("is read again after a change whose response was lost", async () => {
    const user = await service.register();
    expect(await getName(user)).to.equal("Ann");
    losing = "users.findOneAndUpdate";
    expect((await rename(user, "Anna")).status).to.equal(503);
    losing = undefined;
    expect(await getName(user)).to.equal("Anna");
  });

  it("is read again after a deletion of its version whose response was lost", async () => {
    const user = await service.register();
    const tag = await getTag(user);
    losing = "users.updateOne";
    const remove = (ifMatch: string) => user.send("DELETE", "/v1/users/me", { headers: { "if-match": ifMatch } });
    expect((await remove(tag)).status).to.equal(503);
    losing = undefined;
    const next = await getTag(user);
    expect(next).not.to.equal(tag);
    expect((await remove(next)).status).to.equal(204);
  });

  it("is read again for If-Match, which may name a later version", async () => {
    const user = await service.register();
    const tag = await getTag(user);
    // What a cache missed that did not respond.
    await embedded()
      .collection<{ _id: string }>("users")
      .updateOne({ _id: user.id }, { $inc: { version: 1 } });
    expect(await getTag(user)).to.equal(tag);
    const headers = { "if-match": tag.replace(/1"$/, '2"') };
    expect((await user.send("GET", "/v1/users/me", { headers })).status).to.equal(200);
  });

  it("is gone with the account", async () => {
    const user = await service.register();
    await getName(user);
    await user.send("DELETE", "/v1/users/me");
    expect((await user.send("GET", "/v1/users/me")).status).to.equal(401);
  });
});
