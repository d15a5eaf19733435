import { readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { BackupProcesses, type RunningProcess } from "../../../bench/backup-process.ts";
import { DatabaseUser, getPrivileges } from "../../support/database-user.ts";
import { createDocuments, useFolder, useWireDatabase } from "./fixture.ts";

const people = createDocuments(5_000, (serial) => ({
  createdAt: new Date(Date.UTC(2026, 10, 1, 0, 0, serial)),
}));

describe("ops backup and ops restore", () => {
  const processes = new BackupProcesses();
  const server = useWireDatabase();
  const folder = useFolder();

  before(() => processes.compile());
  beforeEach(() => void server.put("shop.people", { documents: people }));
  after(() => processes.remove());

  const uri = (database: string) => server.uri.replace("/?", `/${database}?`);
  const run = (...args: string[]) => processes.run(args, { MONGODB_URI: uri("shop") });
  const backUp = async (...args: string[]) => {
    const { code, output } = await run("backup", "create", "--location", folder.path, ...args);
    expect(code, output).to.equal(0);
    return output;
  };

  it("create, list, verify, restore and prune a backup", async () => {
    const created = await backUp();
    const id = /backup (\S+) in/.exec(created)![1]!;
    expect(created).to.contain("dump people: 5000 documents\n");
    expect(created).to.contain("5000 documents in 1 collections of shop, not point-in-time consistent");
    expect(created).to.contain("the newest of 2026-11-01T01:23:19.000Z");
    expect((await run("backup", "list", "--location", folder.path)).output)
      .to.contain(id)
      .and.contain("5000 documents");
    const verified = await run("backup", "verify", "--location", folder.path);
    expect(verified.output).to.contain(`backup ${id}`).and.contain("is intact");
    const restored = await run("restore", "--location", folder.path, "--id", id, "--into", uri("target"));
    expect(restored.output).to.contain("restore people: 5000 documents\ncompare people: 5000 documents\n");
    expect(restored.output).to.contain(`restored backup ${id} into target: 5000 documents in 1 collections`);
    expect(Buffer.concat(server.collections.get("target.people")!.documents)).to.deep.equal(
      Buffer.concat(people),
    );
    const pruned = await run("backup", "prune", "--location", folder.path);
    expect(pruned.output).to.contain("older than 30 days");
    expect([verified.code, restored.code, pruned.code]).to.deep.equal([0, 0, 0]);
  });

  it("print machine-readable manifests", async () => {
    const { id } = JSON.parse((await backUp("--json")).replace(/^dump.*$/m, ""));
    const listed = JSON.parse((await run("backup", "list", "--location", folder.path, "--json")).output);
    expect(listed[0].manifest).to.include({ id, database: "shop" });
  });

  it("do not change a database that is not empty, unless its name is given", async () => {
    await backUp();
    const before = server.collections.get("shop.people");
    const restore = (...args: string[]) => run("restore", "--location", folder.path, ...args);
    for (const [args, code] of [
      [[], "restore-target-not-empty"],
      [["--replace"], "replacement-not-confirmed"],
      [["--yes-replace", "target"], "replacement-not-confirmed"],
    ] as const) {
      const { code: status, output } = await restore(...args);
      expect(status).to.equal(1);
      expect(output).to.contain(`[${code}]`);
      expect(server.collections.get("shop.people")).to.equal(before);
    }
    expect(await restore("--yes-replace", "shop")).to.have.property("code", 0);
    expect(server.collections.get("shop.people")).not.to.equal(before);
  });

  it("read no backup if the database user lacks privileges", async () => {
    await backUp();
    const [id] = await readdir(folder.path);
    await rm(join(folder.path, id!, "manifest.json"));
    server.user = new DatabaseUser(getPrivileges("read"));
    const { code, output } = await run(
      "restore",
      "--location",
      folder.path,
      "--id",
      id!,
      "--into",
      uri("target"),
    );
    expect(code).to.equal(1);
    expect(output).to.contain("[restore-privileges-missing]").and.not.contain("    at ");
  });

  it("write nothing from a damaged backup", async () => {
    await backUp();
    const [id] = await readdir(folder.path);
    await rm(join(folder.path, id!, "shop", "people.metadata.json.gz"));
    const { code, output } = await run("restore", "--location", folder.path, "--into", uri("target"));
    expect(code).to.equal(1);
    expect(output)
      .to.contain("[backup-damaged]")
      .and.contain("people.metadata.json.gz")
      .and.not.to.contain("    at ");
    expect([...server.collections.keys()]).to.deep.equal(["shop.people"]);
  });

  it("restore a dump of the MongoDB tools, with a warning", async () => {
    await backUp();
    const [id] = await readdir(folder.path);
    await rm(join(folder.path, id!, "manifest.json"));
    const { code, output } = await run(
      "restore",
      "--location",
      join(folder.path, id!),
      "--into",
      uri("target"),
    );
    expect(code, output).to.equal(0);
    expect(output).to.contain("has no manifest");
  });

  describe("if a backup fails", () => {
    /** Fails without a stack trace, and leaves no files. */
    async function expectFailure(running: RunningProcess, errorCode: string): Promise<string> {
      const { code, output } = await running.result;
      expect(code, output).to.equal(1);
      expect(output).to.contain(`[${errorCode}]`).and.not.to.contain("    at ");
      expect(await readdir(folder.path)).to.deep.equal([]);
      return output;
    }
    const start = (variables = {}) =>
      processes.start(["backup", "create", "--location", folder.path], {
        MONGODB_URI: uri("shop"),
        ...variables,
      });

    it("report a dropped connection", async () => {
      server.intercept = (name) => (name === "getMore" ? "drop" : undefined);
      await expectFailure(start(), "database-failed");
      server.intercept = () => undefined;
      await backUp();
    });

    it("report an interruption", async () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const running = start();
        server.intercept = (name) => {
          if (name === "getMore") running.process.kill(signal);
          return undefined;
        };
        expect(await expectFailure(running, "interrupted")).to.contain(signal);
      }
    });

    it("report a database that does not respond, or denies access", async () => {
      await expectFailure(start({ MONGODB_URI: "" }), "mongodb-uri-missing");
      await expectFailure(start({ MONGODB_URI: "mongodb://a:secret" }), "database-unreachable");
      const unreachable = start({ MONGODB_URI: "mongodb://ann:secret@127.0.0.1:9/shop" });
      expect(await expectFailure(unreachable, "database-unreachable")).not.to.contain("secret");
      server.intercept = (name) =>
        name === "listCollections" ? { ok: 0, code: 13, errmsg: "not authorized on shop" } : undefined;
      expect(await expectFailure(start(), "database-failed")).to.contain("not authorized on shop");
    });

    it("report a database that is empty, or half restored", async () => {
      server.put("shop.restore_in_progress", {});
      await expectFailure(start(), "backup-source-half-restored");
      server.collections.clear();
      await expectFailure(start(), "backup-source-empty");
    });

    it("report a file that was not written, for example on a full disk", async () => {
      const random = createDocuments(5_000, () => ({ random: Math.random(), more: Math.random() }));
      server.put("shop.people", { documents: random });
      const { code, output } = await processes.runWithFileSizeLimit(
        8,
        ["backup", "create", "--location", folder.path],
        {
          MONGODB_URI: uri("shop"),
        },
      );
      expect(code, output).to.equal(1);
      expect(output)
        .to.contain("[backup-file-failed]")
        .and.contain("people.bson.gz")
        .and.not.to.contain("    at ");
      expect(await readdir(folder.path)).to.deep.equal([]);
    });

    it("report an error of S3", async () => {
      const s3 = createServer((_request, response) => {
        response.writeHead(403, { "content-type": "application/xml" });
        response.end("<Error><Code>InvalidAccessKeyId</Code><Message>It does not exist</Message></Error>");
      });
      s3.listen(0, "127.0.0.1");
      await new Promise((resolve) => s3.once("listening", resolve));
      const running = processes.start(["backup", "create", "--location", "s3://backups/dumps"], {
        MONGODB_URI: uri("shop"),
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(s3.address() as AddressInfo).port}`,
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      });
      expect(await expectFailure(running, "s3-request-failed"))
        .to.contain("s3://backups/dumps/")
        .and.contain("InvalidAccessKeyId");
      s3.close();
    });
  });
});
