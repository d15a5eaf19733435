import { expect } from "chai";
import { embeddedDatabase, type TestDatabase } from "../../support/databases.ts";
import { connectionClosed, interceptedDatabase } from "../../support/intercepted-database.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";

describe("A profile that is remembered", () => {
  let embedded: TestDatabase;
  let service: TestService;
  let reads = 0;
  let isLosing = false;
  before(async () => {
    embedded = await embeddedDatabase();
    const database = interceptedDatabase(
      embedded.database,
      async (operation) => {
        if (operation === "users.findOne") reads += 1;
      },
      async (operation) => {
        if (isLosing && operation === "users.findOneAndUpdate") throw connectionClosed();
      },
    );
    service = await startService({ database: async () => database });
  });
  after(async () => {
    await service.stop();
    await embedded.remove();
  });

  const registered = async () =>
    (await service.send("POST", "/v1/auth/register", { body: newPerson() })).body.access_token as string;
  const nameOf = async (token: string) =>
    (await service.send("GET", "/v1/users/me", { token })).body.name as string;
  const rename = (token: string, name: string) =>
    service.send("PATCH", "/v1/users/me", { token, body: { name } });

  it("is read once, and anew after a change", async () => {
    const token = await registered();
    reads = 0;
    for (let i = 0; i < 3; i++) expect(await nameOf(token)).to.equal("Ann");
    expect(reads).to.equal(1);
    await rename(token, "Anna");
    for (let i = 0; i < 3; i++) expect(await nameOf(token)).to.equal("Anna");
    expect(reads).to.equal(2);
  });

  it("is read anew after a change whose answer was lost", async () => {
    const token = await registered();
    expect(await nameOf(token)).to.equal("Ann");
    isLosing = true;
    expect((await rename(token, "Anna")).status).to.equal(503);
    isLosing = false;
    expect(await nameOf(token)).to.equal("Anna");
  });

  it("is gone with the account", async () => {
    const token = await registered();
    await nameOf(token);
    await service.send("DELETE", "/v1/users/me", { token });
    expect((await service.send("GET", "/v1/users/me", { token })).status).to.equal(401);
  });
});
