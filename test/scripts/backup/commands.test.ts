import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { BackupProcesses, type ProcessResult } from "../../../bench/backup-process.ts";
import { DatabaseUser, getPrivileges } from "../../support/database-user.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { awsAt } from "../../support/variables.ts";
import { expectRefusal } from "../run-ops.ts";
import { createDocuments, startS3Proxy, useWireDatabase } from "./fixture.ts";

const people = createDocuments(5_000, (serial) => ({ createdAt: new Date(Date.UTC(2026, 10, 1, 0, 0, serial)) }));

describe("ops backup and ops restore", () => {
  const processes = new BackupProcesses();
  const server = useWireDatabase();
  const folder = useTemporaryFolder();

  before(() => processes.compile());
  beforeEach(() => void server.put("shop.people", { documents: people }));
  after(() => processes.remove());

  const uri = (database: string) => server.uri.replace("/?", `/${database}?`);
  const run = (command: string, ...args: string[]) =>
    processes.run([...command.split(" "), "--location", folder(), ...args], { MONGODB_URI: uri("shop") });
  const backUp = async (...args: string[]) => {
    const { code, output } = await run("backup create", ...args);
    expect(code, output).to.equal(0);
    return output;
  };
  const expectFailure = (result: Promise<ProcessResult>, errorCode: string) => expectRefusal(result, `[${errorCode}]`);

  it("create, list, verify, restore and prune a backup", async () => {
    const created = await backUp();
    const id = /backup (\S+) in/.exec(created)![1]!;
    expect(created).to.contain("dump people: 5000 documents\n");
    expect(created).to.contain("5000 documents in 1 collections of shop, not point-in-time consistent");
    expect(created).to.contain("the newest of 2026-11-01T01:23:19.000Z");
    expect((await run("backup list")).output)
      .to.contain(id)
      .and.contain("5000 documents");
    const verified = await run("backup verify");
    expect(verified.output).to.contain(`backup ${id}`).and.contain("is intact");
    const restored = await run("restore", "--id", id, "--into", uri("target"));
    expect(restored.output).to.contain("restore people: 5000 documents\ncompare people: 5000 documents\n");
    expect(restored.output).to.contain(`restored backup ${id} into target: 5000 documents in 1 collections`);
    expect(Buffer.concat(server.collections.get("target.people")!.documents)).to.deep.equal(Buffer.concat(people));
    const pruned = await run("backup prune");
    expect(pruned.output).to.contain("older than 30 days");
    expect([verified.code, restored.code, pruned.code]).to.deep.equal([0, 0, 0]);
  });

  it("print machine-readable manifests", async () => {
    const { id } = JSON.parse((await backUp("--json")).replace(/^dump.*$/m, ""));
    const listed = JSON.parse((await run("backup list", "--json")).output);
    expect(listed[0].manifest).to.include({ id, database: "shop" });
  });

  it("do not change a database that is not empty, unless its name is given", async () => {
    await backUp();
    const before = server.collections.get("shop.people");
    for (const [args, code] of [
      [[], "restore-target-not-empty"],
      [["--replace"], "replacement-not-confirmed"],
      [["--yes-replace", "target"], "replacement-not-confirmed"],
    ] as const) {
      await expectFailure(run("restore", ...args), code);
      expect(server.collections.get("shop.people")).to.equal(before);
    }
    expect(await run("restore", "--yes-replace", "shop")).to.have.property("code", 0);
    expect(server.collections.get("shop.people")).not.to.equal(before);
  });

  it("read no backup if the database user lacks privileges", async () => {
    await backUp();
    const [id] = await readdir(folder());
    await rm(join(folder(), id!, "manifest.json"));
    server.user = new DatabaseUser(getPrivileges("read"));
    const restored = run("restore", "--id", id!, "--into", uri("target"));
    await expectFailure(restored, "restore-privileges-missing");
  });

  it("write nothing from a damaged backup", async () => {
    await backUp();
    const [id] = await readdir(folder());
    await rm(join(folder(), id!, "shop", "people.metadata.json.gz"));
    const restored = run("restore", "--into", uri("target"));
    expect(await expectFailure(restored, "backup-damaged")).to.contain("people.metadata.json.gz");
    expect([...server.collections.keys()]).to.deep.equal(["shop.people"]);
  });

  it("restore a dump of the MongoDB tools, with a warning", async () => {
    await backUp();
    const [id] = await readdir(folder());
    await rm(join(folder(), id!, "manifest.json"));
    const args = ["restore", "--location", join(folder(), id!), "--into", uri("target")];
    const { code, output } = await processes.run(args);
    expect(code, output).to.equal(0);
    expect(output).to.contain("has no manifest");
  });

  describe("if a backup fails", () => {
    afterEach(async () => {
      expect(await readdir(folder())).to.deep.equal([]);
    });

    const start = (variables = {}, location = folder()) =>
      processes.start(["backup", "create", "--location", location], { MONGODB_URI: uri("shop"), ...variables });
    const expectReport = (code: string, variables = {}, location = folder()) =>
      expectFailure(start(variables, location).result, code);

    it("report a dropped connection", async () => {
      server.intercept = (name) => (name === "getMore" ? "drop" : undefined);
      await expectReport("database-failed");
    });

    it("report an interruption", async () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const running = start();
        server.intercept = (name) => {
          if (name === "getMore") running.process.kill(signal);
          return undefined;
        };
        expect(await expectFailure(running.result, "interrupted")).to.contain(signal);
      }
    });

    it("report a database that does not respond, or denies access", async () => {
      await expectReport("mongodb-uri-missing", { MONGODB_URI: "" });
      await expectReport("database-unreachable", { MONGODB_URI: "mongodb://a:secret" });
      const unreachable = { MONGODB_URI: "mongodb://ann:secret@127.0.0.1:9/shop" };
      expect(await expectReport("database-unreachable", unreachable)).not.to.contain("secret");
      server.intercept = (name) =>
        name === "listCollections" ? { ok: 0, code: 13, errmsg: "not authorized on shop" } : undefined;
      expect(await expectReport("database-failed")).to.contain("not authorized on shop");
    });

    it("report an empty database", async () => {
      server.collections.clear();
      await expectReport("backup-source-empty");
    });

    it("report a file that was not written, for example on a full disk", async () => {
      const documents = createDocuments(5_000, () => ({ random: Math.random(), more: Math.random() }));
      server.put("shop.people", { documents });
      const args = ["backup", "create", "--location", folder()];
      const result = processes.runWithFileSizeLimit(8, args, { MONGODB_URI: uri("shop") });
      expect(await expectFailure(result, "backup-file-failed")).to.contain("people.bson.gz");
    });

    it("report an error of S3", async () => {
      const s3 = await startS3Proxy((_request, response) => {
        response.writeHead(403, { "content-type": "application/xml" });
        response.end("<Error><Code>InvalidAccessKeyId</Code><Message>It does not exist</Message></Error>");
        return true;
      });
      expect(await expectReport("s3-request-failed", awsAt(s3.endpoint), "s3://backups/dumps"))
        .to.contain("s3://backups/dumps/")
        .and.contain("InvalidAccessKeyId");
      s3.close();
    });
  });
});
