import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { BSON } from "mongodb";
import { BackupProcesses, type ProcessResult } from "../../../bench/backup-process.ts";
import { findBackups } from "../../../scripts/backup/catalog.ts";
import { ContentHasher } from "../../../scripts/backup/checksums.ts";
import { createBackup } from "../../../scripts/backup/create.ts";
import { restoreMarker } from "../../../scripts/backup/database.ts";
import type { BackupLocation } from "../../../scripts/backup/location.ts";
import { openLocation } from "../../../scripts/backup/open-store.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { describeWith } from "../../support/real-services.ts";
import { WireDatabase } from "../../support/wire-database.ts";

const kills = 20;

/** Processes at a time work on databases of their own: most of a process is its start. */
const databases = ["one", "two", "three", "four"];

/** Documents that do not compress, so that a store gets many bytes. */
const documents = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, _id) => Buffer.from(BSON.serialize({ _id, noise: randomBytes(bytes) })));

const digest = (all: readonly Buffer[]) => {
  const content = new ContentHasher();
  for (const document of all) content.add(document);
  return content.digest.digest;
};

/** A command of ours, and that of the database which shows that its work has begun. */
interface Work {
  readonly args: string[];
  readonly sign: string;
}

describe("Killed at any moment", () => {
  const processes = new BackupProcesses();
  const server = new WireDatabase();
  /** What to do when a process comes to its work on a database, and the command of the database that shows it. */
  const begun = new Map<string, { sign: string; act: () => void }>();
  let folder: string;
  let digests: string[];

  /** @param large documents of 100 kB: from 53 on, S3 gets their collection in parts */
  function put(large: number): void {
    const source = { people: documents(2_000, 100), large: documents(large, 100_000), none: [] };
    for (const [name, all] of Object.entries(source)) {
      for (const database of databases) server.put(`${database}.${name}`, { documents: all });
    }
    digests = Object.entries(source)
      .map(([name, all]) => `${name} ${digest(all)}`)
      .sort();
  }

  before(async () => {
    await Promise.all([processes.compile(), server.start()]);
    server.intercept = (name, { $db }) => {
      const beginning = begun.get($db);
      if (name === beginning?.sign) {
        begun.delete($db);
        beginning.act();
      }
      return undefined;
    };
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-killed-"));
    server.collections.clear();
  });
  afterEach(() => rm(folder, { recursive: true }));
  after(async () => {
    await Promise.all([processes.remove(), server.stop()]);
  });

  /**
   * Runs a command, and kills it so long after it came to its work.
   * @returns how it ended, and the time from then on
   */
  async function run(
    { args, sign }: Work,
    database: string,
    killAfter?: number,
  ): Promise<ProcessResult & { milliseconds: number }> {
    const MONGODB_URI = server.uri.replace("/?", `/${database}?`);
    const running = processes.start(args, { MONGODB_URI });
    let beginning = 0;
    let timer: NodeJS.Timeout | undefined;
    const act = () => {
      beginning = performance.now();
      if (killAfter !== undefined) timer = setTimeout(() => running.process.kill("SIGKILL"), killAfter);
    };
    begun.set(database, { sign, act });
    const ended = await running.result;
    clearTimeout(timer);
    return { ...ended, milliseconds: performance.now() - beginning };
  }

  /**
   * Kills a command at moments of chance from the beginning of its work to its end. How long it takes depends on what else the machine does:
   * one that ends before its kill is run once more, and is killed earlier.
   * @param prepare what to do with a database before each
   * @param look what to do with it after each
   */
  async function killAll(
    work: Work,
    prepare: (database: string) => void = () => {},
    look: (database: string) => Promise<void> = async () => {},
  ) {
    // As many at a time as when they are killed, so that the last moments are late enough.
    const whole = await Promise.all(databases.map((database) => run(work, database)));
    for (const { code, output } of whole) expect(code, output).to.equal(0);
    let fastest = Math.min(...whole.map(({ milliseconds }) => milliseconds));
    const moments = Array.from({ length: kills }, (_, i) => (i + Math.random()) / kills);
    let runs = 0;
    const killUntilDone = async (database: string) => {
      for (let moment = moments.shift(); moment !== undefined; moment = moments.shift()) {
        expect(++runs, "runs, for as many kills as are wanted").to.be.at.most(4 * kills);
        prepare(database);
        const { signal, milliseconds } = await run(work, database, moment * fastest);
        if (!signal) {
          fastest = Math.min(fastest, milliseconds);
          moments.push(moment);
        }
        await look(database);
      }
    };
    await Promise.all(databases.map(killUntilDone));
  }

  async function killCreating(address: string, store: BackupLocation): Promise<void> {
    await killAll({ args: ["backup", "create", "--to", address], sign: "listCollections" });
    let accepted = 0;
    for (const { id } of await findBackups(store)) {
      const verified = await verifyBackup(store, id).catch(() => undefined);
      if (!verified) continue;
      accepted += 1;
      const found = verified.manifest.collections.map(({ name, data }) => `${name} ${data!.digest}`);
      expect(found.sort()).to.deep.equal(digests);
    }
    expect(accepted).to.be.at.least(databases.length);
  }

  async function killRestoring(address: string, store: BackupLocation): Promise<void> {
    const { id } = await createBackup({ database: server.open("one"), location: store, clock: Date.now });
    const { dump } = await verifyBackup(store, id);
    const collections = (database: string) =>
      [...server.collections].filter(([namespace]) => namespace.startsWith(`${database}.`));
    const clear = (database: string) => {
      for (const [namespace] of collections(database)) server.collections.delete(namespace);
    };
    const expectWhole = (database: string) =>
      expect(
        collections(database)
          .map(([name, each]) => `${name.slice(database.length + 1)} ${digest(each.documents)}`)
          .sort(),
      ).to.deep.equal(digests);

    // It marks the database before it changes anything else.
    const work = { args: ["restore", "--from", address], sign: "update" };
    let marked = 0;
    server.collections.clear();
    await killAll(work, clear, async (name) => {
      if (collections(name).length === 0) return;
      if (!server.collections.has(`${name}.${restoreMarker}`)) {
        expectWhole(name);
        return;
      }
      marked += 1;
      const database = server.open(name);
      const refusals = [
        await createBackup({ database, location: store, clock: Date.now }).catch(({ message }) => message),
        await restoreDump({ dump, database, clock: Date.now }).catch(({ message }) => message),
      ];
      for (const refusal of refusals) expect(refusal).to.contain(`The database ${name} is half restored`);
    });
    expect(marked, "processes that a kill met at work").to.be.greaterThan(kills / 2);
    const again = await run({ ...work, args: [...work.args, "--yes-replace", "one"] }, "one");
    expect(again.code, again.output).to.equal(0);
    expectWhole("one");
  }

  it("backup create leaves in a folder what is right, or what verify refuses", async () => {
    put(20);
    await killCreating(folder, await openLocation(folder, {}));
  });

  it("restore leaves a database that is whole, or marked, or as empty as before", async () => {
    put(20);
    await killRestoring(folder, await openLocation(folder, {}));
  });

  describeWith("AWS_ENDPOINT_URL", "on S3", () => {
    async function withBucket(
      work: (address: string, store: BackupLocation) => Promise<void>,
    ): Promise<void> {
      const Bucket = `backup-test-${randomUUID()}`;
      const client = new S3Client({ forcePathStyle: true });
      const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
      await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
      const store = await openLocation(`s3://${Bucket}`, process.env);
      await work(`s3://${Bucket}`, store);
      await Promise.all((await store.list()).map(({ path }) => store.remove(path)));
      for (const { discard } of await store.unfinishedWrites()) await discard();
      await client.send(new DeleteBucketCommand({ Bucket }));
    }

    it("backup create leaves in a bucket what is right, or what verify refuses", async () => {
      put(60);
      await withBucket(killCreating);
    });

    it("restore leaves a database that is whole, or marked, or as empty as before", async () => {
      put(20);
      await withBucket(killRestoring);
    });
  });
});
