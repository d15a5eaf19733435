import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { FileSessionStore } from "../../../service/local/file-session-store.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { lifetime, newSession, now, openSession } from "../auth/session-store-driver.ts";

describe("Sessions in a file", () => {
  const folder = useTemporaryFolder();
  const path = () => join(folder(), "sessions.json");
  /** When the sessions of the suite begin. They expire a minute later. */
  const clock = () => now;

  it("are stored before a change is acknowledged: another process that opens the file continues after each", async () => {
    const reopen = () => FileSessionStore.open(path(), clock);
    const { session, userId } = await openSession(await reopen(), newSession("ann"));
    const rotate = async (generation: number) =>
      (await reopen()).rotate({
        session,
        presented: `t${generation}`,
        successor: `t${generation + 1}`,
        generation,
        now: now + generation,
        arrivedAt: now + generation,
        idleMilliseconds: lifetime,
        graceMilliseconds: 0,
      });
    for (const generation of [0, 1, 2]) expect((await rotate(generation)).outcome).to.equal("rotated");
    expect((await rotate(2)).outcome).to.equal("repeated");
    expect((await rotate(0)).outcome).to.equal("reused");
    expect((await rotate(3)).outcome).to.equal("unknown");
    await (await reopen()).create(newSession(userId));
    expect(await (await reopen()).revokeAll(userId, now)).to.equal(true);
    expect(await (await reopen()).list(userId, now)).to.deep.equal([]);
    expect(await (await reopen()).create(newSession(userId)), "a login that began before").to.equal(false);
  });

  it("are stored once for changes at the same time, all of them", async () => {
    const store = await FileSessionStore.open(path(), clock);
    const created = Array.from({ length: 100 }, (_, i) => newSession(`user ${i}`));
    await Promise.all(created.map((each) => store.create(each)));
    const next = await FileSessionStore.open(path(), clock);
    for (const { session } of created) expect(await next.isOpen(session, now)).to.equal(true);
  });

  it("end when they expire, also in the file", async () => {
    const time = { now };
    const store = await FileSessionStore.open(path(), () => time.now);
    await store.create(newSession("ann"));
    time.now += lifetime;
    await store.create(newSession("bob", { now: time.now }));
    const text = await readFile(path(), "utf8");
    expect(text).to.contain('"bob"').and.not.contain('"ann"');
  });

  it("survive a crash in the middle of a write, in a file for its owner alone", async () => {
    const { session } = await openSession(await FileSessionStore.open(path(), clock), newSession("ann"));
    await writeFile(`${path()}.new`, '{"sessions":[["ann"', { mode: 0o600 });
    const store = await FileSessionStore.open(path(), clock);
    expect(await store.isOpen(session, now)).to.equal(true);
    await store.revoke(session);
    expect((await stat(path())).mode & 0o077).to.equal(0);
  });

  for (const text of ["", "{", "null", "[]", '{"sessions":[]}', '{"sessions":[["ann"]],"revokedAt":[]}']) {
    it(`are an error that names the file and what to do if it contains ${JSON.stringify(text)}`, async () => {
      await writeFile(path(), text);
      const error = await FileSessionStore.open(path(), clock).catch((error: Error) => error);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect((error as Error).message)
        .to.contain(path())
        .and.contain("Delete it and start again");
    });
  }

  it("fail a change that cannot be stored, and store the next one", async () => {
    const later = join(folder(), "later");
    const store = await FileSessionStore.open(join(later, "sessions.json"), clock);
    const error = await store.create(newSession("ann")).catch((error: NodeJS.ErrnoException) => error);
    expect(error).to.have.property("code", "ENOENT");
    await mkdir(later);
    const { session } = await openSession(store, newSession("bob"));
    expect(await (await FileSessionStore.open(join(later, "sessions.json"), clock)).isOpen(session, now)).to.equal(
      true,
    );
  });
});
