import { expect } from "chai";
import { MemoryUserCache } from "../../../service/local/memory-user-cache.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";

describe("Entity tags of a user's own data", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const registered = async () =>
    (await service.send("POST", "/v1/auth/register", { body: newPerson() })).body.access_token as string;
  const read = (path: string, token: string, tag?: string, method = "GET") =>
    service.send(method, path, { token, headers: tag === undefined ? {} : { "if-none-match": tag } });
  const rename = (token: string, name: string, tag?: string) =>
    service.send("PATCH", "/v1/users/me", {
      token,
      body: { name },
      headers: tag === undefined ? {} : { "if-match": tag },
    });

  for (const path of ["/v1/users/me", "/v1/sessions"]) {
    it(`${path} answers 304 to who has it already, with the headers that RFC 9110, 15.4.5 asks for`, async () => {
      const token = await registered();
      const full = await read(path, token);
      const tag = full.headers.get("etag")!;
      expect(tag).to.match(/^"[\w.-]+"$/);
      for (const known of [tag, `"other", ${tag}`, `W/${tag}`, "*"]) {
        for (const method of ["GET", "HEAD"]) {
          const { status, headers, body } = await read(path, token, known, method);
          expect([status, body], `${method} ${known}`).to.deep.equal([304, ""]);
          for (const name of ["etag", "cache-control", "vary", "date"]) {
            expect(headers.has(name), name).to.equal(true);
          }
          expect(headers.get("etag")).to.equal(tag);
          expect(headers.get("content-length")).to.equal(null);
        }
      }
      const other = await read(path, token, '"other"');
      expect([other.status, other.body]).to.deep.equal([200, full.body]);
    });

    it(`${path} has another tag for another user`, async () => {
      const [ann, bob] = [await registered(), await registered()];
      const tag = (await read(path, ann)).headers.get("etag")!;
      expect((await read(path, bob, tag)).status).to.equal(200);
    });
  }

  it("a profile's changes with it, in the answer to the change as well", async () => {
    const token = await registered();
    const before = (await read("/v1/users/me", token)).headers.get("etag")!;
    const changed = await rename(token, "Anna");
    const after = changed.headers.get("etag")!;
    expect(after).not.to.equal(before);
    expect((await read("/v1/users/me", token, before)).body.name).to.equal("Anna");
    expect((await read("/v1/users/me", token, after)).status).to.equal(304);
  });

  it("that of the sessions changes when one is opened, used or ended", async () => {
    const person = newPerson();
    const { email, password } = person;
    const { access_token } = (await service.send("POST", "/v1/auth/register", { body: person })).body;
    const tags = [(await read("/v1/sessions", access_token)).headers.get("etag")];
    const other = (await service.send("POST", "/v1/auth/login", { body: { email, password } })).body;
    tags.push((await read("/v1/sessions", access_token)).headers.get("etag"));
    service.advance(1);
    const { refresh_token } = (
      await service.send("POST", "/v1/auth/refresh", { body: { refresh_token: other.refresh_token } })
    ).body;
    tags.push((await read("/v1/sessions", access_token)).headers.get("etag"));
    expect(new Set(tags).size).to.equal(3);
    await service.send("POST", "/v1/auth/logout", { body: { refresh_token } });
    expect((await read("/v1/sessions", access_token)).headers.get("etag")).to.equal(tags[0]);
  });

  it("that is refused is not shown again, though the cache could not be told of the change", async () => {
    const cache = new MemoryUserCache();
    const invalidate = cache.invalidate.bind(cache);
    const other = await startService({ userCache: async () => cache });
    const { access_token: token } = (await other.send("POST", "/v1/auth/register", { body: newPerson() }))
      .body;
    const me = async () => (await other.send("GET", "/v1/users/me", { token })).headers.get("etag")!;
    const change = async (name: string, tag: string) =>
      (await other.send("PATCH", "/v1/users/me", { token, body: { name }, headers: { "if-match": tag } }))
        .status;
    const old = await me();
    cache.invalidate = async () => {};
    expect(await change("Anna", old)).to.equal(200);
    cache.invalidate = invalidate;
    expect([await me(), await change("Annie", old)]).to.deep.equal([old, 412]);
    expect(await change("Annie", await me())).to.equal(200);
    await other.stop();
  });

  it("let a change pass only upon the version that it names", async () => {
    const token = await registered();
    const tag = (await read("/v1/users/me", token)).headers.get("etag")!;
    const changes = await Promise.all(["Anna", "Annie", "Nan"].map((name) => rename(token, name, tag)));
    expect(changes.map(({ status }) => status).sort()).to.deep.equal([200, 412, 412]);
    const winner = changes.find(({ status }) => status === 200)!;
    expect((await read("/v1/users/me", token)).body).to.deep.equal(winner.body);
    const refused = await rename(token, "Anne", tag);
    expect(refused.body.type).to.equal("https://ecobeat.app/problems/precondition-failed");
    expect((await rename(token, "Anne", winner.headers.get("etag")!)).status).to.equal(200);
    expect((await rename(token, "Ann", "*")).status).to.equal(200);
    expect((await rename(token, "Ann")).status).to.equal(200);
  });
});
