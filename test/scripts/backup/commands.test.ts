import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { largestDumps } from "../../../scripts/backup/contract.ts";
import { run as runProgram } from "../../support/commands/run.ts";
import { compileOps } from "../../support/compiled-program.ts";
import { DatabaseUser, getPrivileges } from "../../support/database-user.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { awsAt } from "../../support/variables.ts";
import { type Ended, expectRefusal, ops, startOps } from "../run-ops.ts";
import { createDocuments, startS3Proxy, toBson, useWireDatabase } from "./fixture.ts";

const people = createDocuments(5_000, (serial) => ({ createdAt: new Date(Date.UTC(2026, 10, 1, 0, 0, serial)) }));

describe("ops backup and ops restore", () => {
  const server = useWireDatabase();
  const folder = useTemporaryFolder();

  beforeEach(() => void server.put("shop.people", { documents: people }));

  const uri = (database: string) => server.uri.replace("/?", `/${database}?`);
  const run = (command: string, ...args: string[]) =>
    ops([...command.split(" "), "--location", folder(), ...args], { MONGODB_URI: uri("shop") });
  const backUp = async (...args: string[]) => {
    const { code, output } = await run("backup create", ...args);
    expect(code, output).to.equal(0);
    return output;
  };
  const expectFailure = (result: Promise<Ended>, errorCode: string) => expectRefusal(result, `[${errorCode}]`);

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
    expect(restored.output).to.contain("restore people: 5000 documents\n");
    expect(restored.output).to.contain(`restored backup ${id} into target: 5000 documents in 1 collections`);
    expect(Buffer.concat(server.collections.get("target.people")!.documents)).to.deep.equal(Buffer.concat(people));
    const pruned = await run("backup prune");
    expect(pruned.output).to.contain("older than 30 days");
    expect([verified.code, restored.code, pruned.code]).to.deep.equal([0, 0, 0]);
  });

  it("print machine-readable manifests", async () => {
    const { id } = JSON.parse((await run("backup create", "--json")).stdout);
    const listed = JSON.parse((await run("backup list", "--json")).output);
    expect(listed[0].manifest).to.include({ id, database: "shop" });
  });

  it("do not change a database that is not empty, unless its name is given and confirmed", async () => {
    await backUp();
    const before = server.collections.get("shop.people");
    for (const [args, code] of [
      [[], "restore-target-not-empty"],
      [["--yes"], "restore-target-not-empty"],
      [["--replace", "shop"], "not-confirmed"],
      [["--replace", "target", "--yes"], "replaced-name-differs"],
    ] as const) {
      await expectFailure(run("restore", ...args), code);
      expect(server.collections.get("shop.people")).to.equal(before);
    }
    expect(await run("restore", "--replace", "shop", "--yes")).to.have.property("code", 0);
    expect(server.collections.get("shop.people")).not.to.equal(before);
  });

  /** What reads, and the driver's own. */
  const readCommands = [
    "aggregate",
    "connectionStatus",
    "count",
    "dbStats",
    "find",
    "getMore",
    "listCollections",
    "listIndexes",
  ];
  const expectOnlyReads = () => {
    const names = server.commands.map((command) => Object.keys(command)[0]!);
    expect(names.filter((name) => !readCommands.includes(name))).to.deep.equal([]);
    expect(names).to.include("listCollections");
  };

  it("restore --dry-run says what would be dropped and restored, and sends no command that writes", async () => {
    const { id } = JSON.parse((await run("backup create", "--json")).stdout);
    server.put("shop.drafts", { documents: people.slice(0, 7) });
    server.commands.length = 0;
    const { code, output, stdout } = await run("restore", "--replace", "shop", "--dry-run");
    expect(code, output).to.equal(0);
    expect(
      stdout
        .replace(/at 20\S+/, "at TIME")
        .replace(/[\d.]+ MB/, "N MB")
        .split("\n"),
    ).to.deep.equal([
      `backup ${id} of shop: completed at TIME 0 min old, intact`,
      "target: shop, which holds drafts, people",
      "would drop drafts: 7 documents",
      "would drop people: 5000 documents",
      `would restore backup ${id} into shop: 5000 documents in 1 collections, with 1 indexes, N MB`,
      "would apply 0 erasures: 0 documents of deleted users deleted again",
      "",
    ]);
    const empty = await run("restore", "--into", uri("target"), "--dry-run", "--json");
    expect(JSON.parse(empty.stdout)).to.deep.include({ target: "target", dropped: [], documents: 5_000, erasures: 0 });
    expectOnlyReads();
    // As without --dry-run.
    await expectFailure(run("restore", "--dry-run"), "restore-target-not-empty");
    await expectFailure(run("restore", "--dry-run", "--replace", "target"), "replaced-name-differs");
    const [stored] = await readdir(folder());
    await rm(join(folder(), stored!, "shop", "people.metadata.json.gz"));
    await expectFailure(run("restore", "--dry-run", "--replace", "shop"), "backup-damaged");
    expectOnlyReads();
  });

  it("restore --dry-run counts the erasures of the backup and of the target, and what they delete again", async () => {
    const erased = (...ids: string[]) => toBson(...ids.map((_id) => ({ _id, deletedAt: new Date(0) })));
    server.put("shop.users", { documents: toBson({ _id: "ann" }, { _id: "dan" }, { _id: "eve" }) });
    server.put("shop.activities", {
      documents: toBson(
        { _id: "dan:1", userId: "dan" },
        { _id: "dan:2", userId: "dan" },
        { _id: "ann:1", userId: "ann" },
      ),
    });
    server.put("shop.erasures", { documents: erased("bob") });
    await backUp();
    server.put("shop.erasures", { documents: erased("bob", "dan") });
    const { stdout } = await run("restore", "--replace", "shop", "--dry-run");
    expect(stdout).to.contain("would keep erasures: 2 documents\n");
    expect(stdout).to.contain("would apply 2 erasures: 3 documents of deleted users deleted again\n");
  });

  it("backup create, verify and prune --dry-run write nothing", async () => {
    const created = await run("backup create", "--dry-run");
    expect(created.stdout.split("\n")).to.deep.equal([
      `would create a backup in ${folder()}: 5000 documents in 1 collections of shop`,
      ...["the database has 0.2 MB; a backup takes about 1 s", ""],
    ]);
    expect(await readdir(folder())).to.deep.equal([]);
    expectOnlyReads();
    await backUp();
    expect((await run("backup verify", "--dry-run")).stdout).to.match(/^would read backup \S+ in .*: 5000 documents/);
    const old = "20200101T000000Z-4f2a91c3";
    await mkdir(join(folder(), old));
    await writeFile(join(folder(), old, "x"), "");
    const pruned = await run("backup prune", "--dry-run", "--json");
    expect(JSON.parse(pruned.stdout)).to.deep.equal({
      outcome: "would delete",
      backups: [{ id: old, isComplete: false, bytes: 0 }],
      unfinishedWrites: [],
    });
    await expectFailure(run("backup prune"), "not-confirmed");
    expect(await readdir(folder())).to.include(old);
    expect((await run("backup prune", "--yes")).stdout).to.equal(`deleted ${old}, which is incomplete\n`);
    expect(await readdir(folder())).to.not.include(old);
  });

  it("erasures export and import --dry-run write nothing, and an import asks", async () => {
    const file = join(folder(), "erasures.json");
    const erasures = (...args: string[]) => ops(["erasures", ...args], { MONGODB_URI: uri("shop") });
    server.put("shop.erasures", { documents: toBson({ _id: "dan", deletedAt: new Date(0) }) });
    const planned = await erasures("export", "--to", file, "--dry-run");
    expect(planned.stdout).to.equal(`would export to ${file}: 1 deleted users of shop\n`);
    expect(await readdir(folder())).to.deep.equal([]);
    expect((await erasures("export", "--to", file)).stdout).to.equal(`exported to ${file}: 1 deleted users of shop\n`);
    server.commands.length = 0;
    const { stdout } = await erasures("import", "--from", file, "--dry-run", "--json");
    expect(JSON.parse(stdout)).to.deep.include({ outcome: "would import", database: "shop", users: 1 });
    await expectFailure(erasures("import", "--from", file), "not-confirmed");
    const names = server.commands.map((command) => Object.keys(command)[0]!);
    expect(names.filter((name) => !readCommands.includes(name))).to.deep.equal([]);
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

  it("warn of a backup that takes too long to be point-in-time consistent, and of no other", async () => {
    for (const [megabytes, warns] of [
      [largestDumps.snapshot, false],
      [largestDumps.snapshot + 1, true],
    ] as const) {
      server.dataSize = megabytes * 1e6;
      expect((await backUp()).includes("too long to be point-in-time consistent")).to.equal(warns);
    }
  });

  it("restore a dump of the MongoDB tools, with a warning", async () => {
    await backUp();
    const [id] = await readdir(folder());
    await rm(join(folder(), id!, "manifest.json"));
    const args = ["restore", "--location", join(folder(), id!), "--into", uri("target")];
    const { code, output } = await ops(args);
    expect(code, output).to.equal(0);
    expect(output).to.contain("has no manifest");
  });

  it("restore a snapshot that Atlas exported, and verify a part of it", async () => {
    const root = join(folder(), "exported_snapshots/org/project/cluster0/2026-11-30T0130/1764466229");
    await mkdir(join(root, "ecobeat/people"), { recursive: true });
    const marker = { clusterName: "cluster0", snapshotInitiationDate: "2026-11-30T01:30:29Z", totalFiles: 4 };
    await writeFile(join(root, ".complete"), JSON.stringify(marker));
    await writeFile(
      join(root, "ecobeat/people/metadata.json"),
      '{"options":{},"indexes":[],"collectionName":"people"}',
    );
    for (const part of [0, 1]) {
      await writeFile(join(root, `ecobeat/people/shard-0.${part}.json.gz`), gzipSync(`{"_id":${part}}\n`));
    }
    const verified = await ops(["backup", "verify", "--from-export", folder(), "--sample", "50"]);
    expect(verified.output).to.contain("1 documents in 1 collections, 1 of 2 files");
    const planned = ["restore", "--from-export", folder(), "--into", uri("target")];
    const plan = await ops([...planned, "--dry-run"]);
    expect(plan.output)
      .to.match(/Atlas's snapshot of 2026-11-30T01:30:29.000Z: -?\d+ \w+ old/)
      .and.contain("2 documents");
    expect(server.collections.has("target.people")).to.equal(false);
    const restored = await ops(planned);
    expect(restored.output).to.contain(
      "restored Atlas's snapshot of 2026-11-30T01:30:29.000Z into target: 2 documents",
    );
    expect(server.collections.get("target.people")!.documents).to.have.length(2);
    expect([verified.code, plan.code, restored.code]).to.deep.equal([0, 0, 0]);
    await expectFailure(ops(["restore", "--into", uri("target")]), "backup-location-missing");
  });

  describe("if a backup fails", () => {
    afterEach(async () => {
      expect(await readdir(folder())).to.deep.equal([]);
    });

    const create = (variables = {}, location = folder()) =>
      [["backup", "create", "--location", location], { MONGODB_URI: uri("shop"), ...variables }] as const;
    const expectReport = (code: string, variables = {}, location = folder()) =>
      expectFailure(ops(...create(variables, location)), code);

    it("report a dropped connection", async () => {
      server.intercept = (name) => (name === "getMore" ? "drop" : undefined);
      await expectReport("database-failed");
    });

    it("report an interruption", async () => {
      for (const [signal, status] of [
        ["SIGINT", 130],
        ["SIGTERM", 143],
      ] as const) {
        const { child, ended } = await startOps(...create());
        server.intercept = (name) => {
          if (name === "getMore") child.kill(signal);
          return undefined;
        };
        const { code, output } = await ended;
        expect(code, output).to.equal(status);
        expect(output).to.contain(`Interrupted by ${signal}.`).and.contain("[interrupted]").and.not.contain("    at ");
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
      const [args, variables] = create();
      const limited = ["-c", 'ulimit -f 8; exec "$@"', "bash", process.execPath, await compileOps(), ...args];
      const env = { ...process.env, ...variables };
      const { code, stdout, stderr } = await runProgram("bash", limited, { cwd: ".", env });
      expect([code, stderr.includes("[backup-file-failed]")], stderr).to.deep.equal([1, true]);
      expect(stdout + stderr)
        .to.contain("people.bson.gz")
        .and.not.contain("    at ");
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
