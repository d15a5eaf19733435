import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { BSON } from "mongodb";
import { BackupProcesses, type RunningProcess } from "../../../bench/backup-process.ts";
import { DatabaseUser, getPrivileges } from "../../support/database-user.ts";
import { WireDatabase } from "../../support/wire-database.ts";

const person = (i: number) =>
  Buffer.from(BSON.serialize({ _id: i, createdAt: new Date(Date.UTC(2026, 10, 1, 0, 0, i)) }));
const people = Array.from({ length: 5_000 }, (_, i) => person(i));

describe("ops backup and ops restore", () => {
  const processes = new BackupProcesses();
  const server = new WireDatabase();
  let folder: string;

  before(async () => {
    await Promise.all([processes.compile(), server.start()]);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-commands-"));
    server.collections.clear();
    server.intercept = () => undefined;
    server.user = new DatabaseUser();
    server.put("shop.people", { documents: people });
  });
  afterEach(() => rm(folder, { recursive: true }));
  after(async () => {
    await Promise.all([processes.remove(), server.stop()]);
  });

  const uri = (database: string) => server.uri.replace("/?", `/${database}?`);
  const run = (...args: string[]) => processes.run(args, { MONGODB_URI: uri("shop") });
  const backUp = async (...args: string[]) => {
    const { code, output } = await run("backup", "create", "--to", folder, ...args);
    expect(code, output).to.equal(0);
    return output;
  };

  it("make, list, verify, restore and prune a backup", async () => {
    const created = await backUp();
    const id = /backup (\S+) in/.exec(created)![1]!;
    expect(created).to.contain("dump people: 5000 documents\n");
    expect(created).to.contain("5000 documents in 1 collections of shop, of no one moment");
    expect(created).to.contain("the newest of 2026-11-01T01:23:19.000Z");
    expect((await run("backup", "list", "--from", folder)).output)
      .to.contain(id)
      .and.contain("5000 documents");
    const verified = await run("backup", "verify", "--from", folder);
    expect(verified.output).to.contain(`backup ${id}`).and.contain("is as it was written");
    const restored = await run("restore", "--from", folder, "--id", id, "--into", uri("target"));
    expect(restored.output).to.contain("restore people: 5000 documents\ncompare people: 5000 documents\n");
    expect(restored.output).to.contain(`restored backup ${id} into target: 5000 documents in 1 collections`);
    expect(Buffer.concat(server.collections.get("target.people")!.documents)).to.deep.equal(
      Buffer.concat(people),
    );
    const pruned = await run("backup", "prune", "--from", folder);
    expect(pruned.output).to.contain("older than 30 days");
    expect([verified.code, restored.code, pruned.code]).to.deep.equal([0, 0, 0]);
  });

  it("tell the same to machines", async () => {
    const { id } = JSON.parse((await backUp("--json")).replace(/^dump.*$/m, ""));
    const listed = JSON.parse((await run("backup", "list", "--from", folder, "--json")).output);
    expect(listed[0].manifest).to.include({ id, database: "shop" });
  });

  it("do not touch a database that is not empty, unless its name is typed", async () => {
    await backUp();
    const before = server.collections.get("shop.people");
    const restore = (...args: string[]) => run("restore", "--from", folder, ...args);
    for (const [args, message] of [
      [[], "The database shop is not empty: it holds people."],
      [["--replace"], "The database is shop, and no name was given: nothing was changed."],
      [["--yes-replace", "target"], "The database is shop, and target was given: nothing was changed."],
    ] as const) {
      const { code, output } = await restore(...args);
      expect(code).to.equal(1);
      expect(output).to.contain(message);
      expect(server.collections.get("shop.people")).to.equal(before);
    }
    expect(await restore("--yes-replace", "shop")).to.have.property("code", 0);
    expect(server.collections.get("shop.people")).not.to.equal(before);
  });

  it("read no backup for a user who may not restore it", async () => {
    await backUp();
    const [id] = await readdir(folder);
    await rm(join(folder, id!, "manifest.json"));
    server.user = new DatabaseUser(getPrivileges("read"));
    const { code, output } = await run("restore", "--from", folder, "--id", id!, "--into", uri("target"));
    expect(code).to.equal(1);
    expect(output)
      .to.contain("lacks privileges on target that this restore needs: createCollection on")
      .and.contain("Grant the user the role readWrite on target")
      .and.not.contain("    at ");
  });

  it("write nothing from a backup that is damaged", async () => {
    await backUp();
    const [id] = await readdir(folder);
    await rm(join(folder, id!, "shop", "people.metadata.json.gz"));
    const { code, output } = await run("restore", "--from", folder, "--into", uri("target"));
    expect(code).to.equal(1);
    expect(output).to.contain("people.metadata.json.gz: has no bytes").and.not.to.contain("    at ");
    expect([...server.collections.keys()]).to.deep.equal(["shop.people"]);
  });

  it("restore a dump of the MongoDB tools, with a warning", async () => {
    await backUp();
    const [id] = await readdir(folder);
    await rm(join(folder, id!, "manifest.json"));
    const { code, output } = await run("restore", "--from", join(folder, id!), "--into", uri("target"));
    expect(code, output).to.equal(0);
    expect(output).to.contain("has no manifest").and.contain("Whether it is complete cannot be told");
  });

  describe("when backing up fails", () => {
    /** Fails, says why without a stack, and leaves nothing that could be taken for a backup. */
    async function failure(running: RunningProcess, message: string): Promise<string> {
      const { code, output } = await running.result;
      expect(code, output).to.equal(1);
      expect(output).to.contain(message).and.not.to.contain("    at ");
      expect(await readdir(folder)).to.deep.equal([]);
      return output;
    }
    const start = (variables = {}) =>
      processes.start(["backup", "create", "--to", folder], { MONGODB_URI: uri("shop"), ...variables });

    it("say that the connection was dropped in the middle", async () => {
      server.intercept = (name) => (name === "getMore" ? "drop" : undefined);
      expect(await failure(start(), "The database dropped the connection")).to.contain("run this again");
      server.intercept = () => undefined;
      await backUp();
    });

    it("say that it was interrupted", async () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const running = start();
        server.intercept = (name) => {
          if (name === "getMore") running.process.kill(signal);
          return undefined;
        };
        await failure(running, `Interrupted by ${signal}. There is no backup of this attempt`);
      }
    });

    it("say that the database does not answer, or refuses", async () => {
      await failure(start({ MONGODB_URI: "" }), "MONGODB_URI is not set");
      await failure(start({ MONGODB_URI: "mongodb://a:secret" }), "The database that MONGODB_URI names");
      const nobody = await failure(
        start({ MONGODB_URI: "mongodb://ann:secret@127.0.0.1:9/shop" }),
        "The database that MONGODB_URI names does not answer",
      );
      expect(nobody).not.to.contain("secret");
      server.intercept = (name) =>
        name === "listCollections" ? { ok: 0, code: 13, errmsg: "not authorized on shop" } : undefined;
      await failure(
        start(),
        "The database refuses it: not authorized on shop. Give MONGODB_URI a user that may.",
      );
    });

    it("say that the database is empty, or half restored", async () => {
      server.put("shop.restore_in_progress", {});
      await failure(start(), "The database shop is half restored");
      server.collections.clear();
      await failure(start(), "The database shop holds no collections");
    });

    it("say that a file could not be written, as on a disk that is full", async () => {
      const random = Array.from({ length: 5_000 }, (_, i) =>
        Buffer.from(BSON.serialize({ _id: i, random: Math.random(), more: Math.random() })),
      );
      server.put("shop.people", { documents: random });
      const { code, output } = await processes.runWithFileSizeLimit(8, ["backup", "create", "--to", folder], {
        MONGODB_URI: uri("shop"),
      });
      expect(code, output).to.equal(1);
      expect(output).to.contain("people.bson.gz was not written").and.not.to.contain("    at ");
      expect(await readdir(folder)).to.deep.equal([]);
    });

    it("say what S3 refuses", async () => {
      const s3 = createServer((_request, response) => {
        response.writeHead(403, { "content-type": "application/xml" });
        response.end("<Error><Code>InvalidAccessKeyId</Code><Message>It does not exist</Message></Error>");
      });
      s3.listen(0, "127.0.0.1");
      await new Promise((resolve) => s3.once("listening", resolve));
      const running = processes.start(["backup", "create", "--to", "s3://backups/dumps"], {
        MONGODB_URI: uri("shop"),
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(s3.address() as AddressInfo).port}`,
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      });
      const output = await failure(
        running,
        "was not written. AWS refused the call: InvalidAccessKeyId: It does not exist.",
      );
      expect(output).to.contain("s3://backups/dumps/").and.contain("renew them");
      s3.close();
    });
  });
});
