import { expect } from "chai";
import { useEmbeddedDatabase } from "../../support/database-suites.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { failedOperation } from "../../support/real-errors.ts";
import { startService, type TestUser, useService } from "../../support/service.ts";

describe("A cached profile", () => {
  let reads = 0;
  let isLosing = false;
  const embedded = useEmbeddedDatabase();
  const service = useService(() => {
    const database = interceptedDatabase(
      embedded(),
      async (operation) => {
        if (operation === "users.findOne") reads += 1;
      },
      async (operation) => {
        if (!isLosing || operation !== "users.findOneAndUpdate") return;
        throw await failedOperation((users) => users.findOneAndUpdate({}, { $set: { name: "Anna" } }));
      },
    );
    return startService({ database: async () => database });
  });

  const getName = async ({ send }: TestUser) => (await send("GET", "/v1/users/me")).body.name;
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
    isLosing = true;
    expect((await rename(user, "Anna")).status).to.equal(503);
    isLosing = false;
    expect(await getName(user)).to.equal("Anna");
  });

  it("is gone with the account", async () => {
    const user = await service.register();
    await getName(user);
    await user.send("DELETE", "/v1/users/me");
    expect((await user.send("GET", "/v1/users/me")).status).to.equal(401);
  });
});
