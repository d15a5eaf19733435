import { expect } from "chai";
import { MemoryUserCache } from "../../../service/local/memory-user-cache.ts";
import { expectProblem, startService, type TestUser, useService } from "../../support/service.ts";

describe("Entity tags", () => {
  const service = useService();

  const read = ({ send }: TestUser, path: string, tag?: string, method = "GET") =>
    send(method, path, { headers: tag === undefined ? {} : { "if-none-match": tag } });
  const getTag = async (user: TestUser, path: string) => (await read(user, path)).headers.get("etag")!;
  const rename = ({ send }: TestUser, name: string, tag?: string) =>
    send("PATCH", "/v1/users/me", { body: { name }, headers: tag === undefined ? {} : { "if-match": tag } });

  const ownPaths = ["/v1/users/me", "/v1/sessions"];
  const sharedPaths = ["/v1/activity-kinds", "/v1/app", "/.well-known/jwks.json", "/openapi.json"];
  for (const path of [...ownPaths, ...sharedPaths]) {
    it(`of ${path} cause a 304 without a body, with the headers of RFC 9110, 15.4.5`, async () => {
      const user = await service.register();
      const full = await read(user, path);
      const tag = full.headers.get("etag")!;
      expect(tag).to.match(/^"[\w.-]+"$/);
      for (const known of [tag, `"other", ${tag}`, `W/${tag}`, "*"]) {
        for (const method of ["GET", "HEAD"]) {
          const { status, headers, body } = await read(user, path, known, method);
          expect([status, body], `${method} ${known}`).to.deep.equal([304, ""]);
          for (const name of ["vary", "date"]) expect(headers.has(name), name).to.equal(true);
          for (const name of ["etag", "cache-control"]) expect(headers.get(name)).to.equal(full.headers.get(name));
          expect(headers.get("content-length")).to.equal(null);
        }
      }
      const other = await read(user, path, '"other"');
      expect([other.status, other.body]).to.deep.equal([200, full.body]);
    });
  }

  for (const path of ownPaths) {
    it(`of ${path} differ for another user`, async () => {
      const [ann, bob] = [await service.register(), await service.register()];
      expect((await read(bob, path, await getTag(ann, path))).status).to.equal(200);
    });
  }

  it("of the sessions differ for another session of the same user", async () => {
    const user = await service.register();
    const { access_token: token } = (await service.logIn(user)).body;
    const headers = { "if-none-match": await getTag(user, "/v1/sessions") };
    const { status, body } = await service.send("GET", "/v1/sessions", { token, headers });
    expect(status).to.equal(200);
    expect(body.sessions.map(({ current }: { current: boolean }) => current).sort()).to.deep.equal([false, true]);
    expect((await user.send("GET", "/v1/sessions", { headers })).status).to.equal(304);
  });

  it("of a profile change with it, and are in the response to the change", async () => {
    const user = await service.register();
    const before = await getTag(user, "/v1/users/me");
    const after = (await rename(user, "Anna")).headers.get("etag")!;
    expect(after).not.to.equal(before);
    expect((await read(user, "/v1/users/me", before)).body.name).to.equal("Anna");
    expect((await read(user, "/v1/users/me", after)).status).to.equal(304);
  });

  it("of the sessions change when one is opened, used or ended", async () => {
    const user = await service.register();
    const tags = [await getTag(user, "/v1/sessions")];
    const other = (await service.logIn(user)).body;
    tags.push(await getTag(user, "/v1/sessions"));
    service.advance(1);
    const { refresh_token } = (await service.refresh(other.refresh_token)).body;
    tags.push(await getTag(user, "/v1/sessions"));
    expect(new Set(tags).size).to.equal(3);
    await service.send("POST", "/v1/auth/logout", { body: { refresh_token } });
    expect(await getTag(user, "/v1/sessions")).to.equal(tags[0]);
  });

  it("that are refused are not served again, even if the cache could not be invalidated", async () => {
    const cache = new MemoryUserCache();
    const { invalidate } = MemoryUserCache.prototype;
    await using other = await startService({ userCache: async () => cache });
    const user = await other.register();
    const change = async (name: string, tag: string) => (await rename(user, name, tag)).status;
    const old = await getTag(user, "/v1/users/me");
    cache.invalidate = async () => {};
    expect(await change("Anna", old)).to.equal(200);
    cache.invalidate = invalidate;
    expect([await getTag(user, "/v1/users/me"), await change("Annie", old)]).to.deep.equal([old, 412]);
    expect(await change("Annie", await getTag(user, "/v1/users/me"))).to.equal(200);
  });

  it("allow a change only of the version that they name", async () => {
    const user = await service.register();
    const tag = await getTag(user, "/v1/users/me");
    const changes = await Promise.all(["Anna", "Annie", "Nan"].map((name) => rename(user, name, tag)));
    expect(changes.map(({ status }) => status).sort()).to.deep.equal([200, 412, 412]);
    const winner = changes.find(({ status }) => status === 200)!;
    expect((await read(user, "/v1/users/me")).body).to.deep.equal(winner.body);
    expectProblem(await rename(user, "Anne", tag), 412, "precondition-failed");
    for (const current of [winner.headers.get("etag")!, "*", undefined])
      expect((await rename(user, "Anne", current)).status).to.equal(200);
  });
});
