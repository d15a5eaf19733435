import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { lockFolder } from "../../../service/local/folder-lock.ts";
import { mongoDatabase } from "../../support/databases.ts";
import { describeWith } from "../../support/real-services.ts";
import { newPerson } from "../../support/service.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { post, startServer, stopServer, urlIn } from "./server-process.ts";

describe("The data folder of an embedded database", () => {
  const folder = useTemporaryFolder();

  const lock = () => join(folder(), "lock");

  it("has one server: a second one ends, names ECOBEAT_DATA_DIR, and does not disturb the first", async () => {
    await using first = await startServer(folder());
    const url = urlIn(await first.banner);
    const { code, output } = await (await startServer(folder())).ended;
    expect(code).to.equal(1);
    expect(output).to.contain(`in use by process ${first.process.pid}`).and.contain("ECOBEAT_DATA_DIR");
    expect(output).not.to.contain("    at ");
    expect((await post(`${url}/v1/auth/register`, newPerson())).status).to.equal(201);
  });

  it("is unlocked at the end, and taken over from a process that was killed", async () => {
    const stopped = await startServer(folder());
    await stopped.banner;
    expect(existsSync(lock())).to.equal(true);
    await stopServer(stopped);
    expect(existsSync(lock())).to.equal(false);

    const killed = await startServer(folder());
    await killed.banner;
    killed.process.kill("SIGKILL");
    await killed.ended;
    expect(existsSync(lock())).to.equal(true);
    await using next = await startServer(folder());
    expect(await next.banner).to.contain("ready after");
  });

  for (const left of ["", "junk", "0", "-1", `${process.pid}`]) {
    it(`is taken over if its lock says "${left === `${process.pid}` ? "this process" : left}"`, async () => {
      await writeFile(lock(), left);
      await lockFolder(folder());
      expect(await readFile(lock(), "utf8")).to.equal(`${process.pid}`);
      expect(await readdir(folder())).to.deep.equal(["lock"]);
    });
  }

  it("stays with the second server when a developer deleted the lock of the first", async () => {
    const first = await startServer(folder());
    await first.banner;
    await rm(lock());
    const second = await startServer(folder());
    await second.banner;
    expect((await stopServer(first)).code).to.equal(0);
    expect(existsSync(lock())).to.equal(true);
    await rm(lock());
    expect((await stopServer(second)).code).to.equal(0);
  });

  it("belongs to a server whose lock another process has moved aside", async () => {
    // As a process does that read the lock of a dead one before, and did not get to restore this one.
    await writeFile(join(folder(), "lock.1"), `${process.ppid}`);
    const error = await lockFolder(folder()).catch((error: unknown) => error);
    expect(error).to.be.an("error").with.property("message").that.contains(`is in use by process ${process.ppid}`);
    expect(await readdir(folder())).to.deep.equal(["lock"]);
    expect(await readFile(lock(), "utf8")).to.equal(`${process.ppid}`);
  });

  it("goes to exactly one of four that start at the same time, after a dead one", async () => {
    await writeFile(lock(), `${spawnSync("true").pid}`);
    const servers = await Promise.all(Array.from({ length: 4 }, () => startServer(folder())));
    const banners = await Promise.all(servers.map(({ banner }) => banner));
    expect(banners.filter((banner) => banner.includes("ready after"))).to.have.length(1);
    await Promise.all(servers.map(stopServer));
  });
});

describeWith("MONGODB_URI", "The data folder of a database elsewhere", () => {
  const folder = useTemporaryFolder();

  /** Starts two servers, one after the other: at the same time, they would also create the same collections. */
  async function startTwo(variables: NodeJS.ProcessEnv): Promise<string> {
    await using mongo = await mongoDatabase();
    const uri = new URL(process.env.MONGODB_URI!);
    uri.pathname = `/${mongo.database.databaseName}`;
    await using first = await startServer(folder(), { MONGODB_URI: uri.href, ...variables });
    expect(await first.banner).to.contain("ready after");
    await using second = await startServer(folder(), { MONGODB_URI: uri.href, ...variables });
    return await second.banner;
  }

  it("is for one server, which stores its sessions there", async () => {
    expect(await startTwo({})).to.contain("is in use by process");
  });

  describeWith("REDIS_URL", "and of sessions elsewhere", () => {
    it("is free for several servers", async () => {
      expect(await startTwo({ REDIS_URL: process.env.REDIS_URL })).to.contain("ready after");
    });
  });
});
