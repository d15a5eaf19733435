import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { lockFolder } from "../../../service/local/folder-lock.ts";
import { mongoDatabase } from "../../support/databases.ts";
import { describeWith } from "../../support/real-services.ts";
import { newPerson } from "../../support/service.ts";
import { post, startServer, stopServer, urlIn } from "./server-process.ts";

describe("The data folder of an embedded database", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-lock-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const lock = () => join(folder, "lock");

  it("has one server: a second one ends, names ECOBEAT_DATA_DIR, and leaves the first in peace", async () => {
    const first = startServer(folder);
    const url = urlIn(await first.banner);
    const { code, output } = await startServer(folder).ended;
    expect(code).to.equal(1);
    expect(output).to.contain(`in use by process ${first.process.pid}`).and.contain("ECOBEAT_DATA_DIR");
    expect(output).not.to.contain("    at ");
    expect((await post(`${url}/v1/auth/register`, newPerson())).status).to.equal(201);
    await stopServer(first);
  });

  it("is let go at the end, and taken over from a process that was killed", async () => {
    const stopped = startServer(folder);
    await stopped.banner;
    expect(existsSync(lock())).to.equal(true);
    await stopServer(stopped);
    expect(existsSync(lock())).to.equal(false);

    const killed = startServer(folder);
    await killed.banner;
    killed.process.kill("SIGKILL");
    await killed.ended;
    expect(existsSync(lock())).to.equal(true);
    const next = startServer(folder);
    expect(await next.banner).to.contain("ready after");
    await stopServer(next);
  });

  for (const left of ["", "junk", "0", "-1", `${process.pid}`]) {
    it(`is taken over if its lock says "${left === `${process.pid}` ? "this process" : left}"`, async () => {
      await writeFile(lock(), left);
      await lockFolder(folder);
      expect(await readFile(lock(), "utf8")).to.equal(`${process.pid}`);
      expect(await readdir(folder)).to.deep.equal(["lock"]);
    });
  }

  it("stays with who took it over when its file was deleted by hand", async () => {
    const first = startServer(folder);
    await first.banner;
    await rm(lock());
    const second = startServer(folder);
    await second.banner;
    expect((await stopServer(first)).code).to.equal(0);
    expect(existsSync(lock())).to.equal(true);
    await rm(lock());
    expect((await stopServer(second)).code).to.equal(0);
  });

  it("goes to exactly one of four that start at once, over what a dead one left", async () => {
    const dead = startServer(folder);
    await dead.banner;
    dead.process.kill("SIGKILL");
    await dead.ended;
    const servers = Array.from({ length: 4 }, () => startServer(folder));
    const banners = await Promise.all(servers.map(({ banner }) => banner));
    expect(banners.filter((banner) => banner.includes("ready after"))).to.have.length(1);
    await Promise.all(servers.map(stopServer));
  });
});

describeWith("MONGODB_URI", "The data folder of a database elsewhere", () => {
  it("is free for several servers", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-lock-"));
    const { database, remove } = await mongoDatabase();
    const uri = new URL(process.env.MONGODB_URI!);
    uri.pathname = `/${database.databaseName}`;
    // One after the other: two at once would also make the collections at once, which is nothing of the folder's.
    const first = startServer(folder, { MONGODB_URI: uri.href });
    expect(await first.banner).to.contain("ready after");
    const second = startServer(folder, { MONGODB_URI: uri.href });
    expect(await second.banner).to.contain("ready after");
    await Promise.all([first, second].map(stopServer));
    await remove();
    await rm(folder, { recursive: true });
  });
});
