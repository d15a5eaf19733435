import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { BackupProcesses, type ProcessResult } from "../../../bench/backup-process.ts";
import { findBackups } from "../../../scripts/backup/catalog.ts";
import { ContentHasher } from "../../../scripts/backup/checksums.ts";
import { createBackup } from "../../../scripts/backup/create-backup.ts";
import { restoreMarker } from "../../../scripts/backup/database.ts";
import type { BackupLocation } from "../../../scripts/backup/location.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { expectCode } from "../../support/errors.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { createDocuments, describeLocations } from "./fixture.ts";

const kills = 12;

/** Concurrent processes work on different databases: most of the time of a process is its start. */
const databases = ["one", "two", "three", "four"];

/** Documents that do not compress, so that a location receives many bytes. */
const createNoise = (count: number, bytes: number) => createDocuments(count, () => ({ noise: randomBytes(bytes) }));

const digest = (all: readonly Buffer[]) => {
  const content = new ContentHasher();
  for (const document of all) content.add(document);
  return content.digest.digest;
};

/** A command of `ops`, and the command of the database that marks the beginning of its work. */
interface Work {
  readonly args: string[];
  readonly sign: string;
}

describe("Killed at any time", () => {
  const processes = new BackupProcesses();
  const server = new WireDatabase();
  /** What to do when the work on a database begins. */
  const begun = new Map<string, { sign: string; act: () => void }>();
  let digests: string[];

  /** @param large documents of 100 kB: from 53, the backup uploads their collection in parts */
  function put(large: number): void {
    const source = { people: createNoise(2_000, 100), large: createNoise(large, 100_000), none: [] };
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
  beforeEach(() => server.collections.clear());
  after(async () => {
    await Promise.all([processes.remove(), server.stop()]);
  });

  /**
   * Runs a command, and kills it some time after its work began.
   * @returns how it ended, and the time since then
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
   * Kills a command at random times from the beginning of its work to its end. Its duration depends on the load of the machine: a
   * command that ends before its kill runs again, and is killed earlier.
   * @param prepare runs before each
   * @param check runs after each
   */
  async function killAll(
    work: Work,
    prepare: (database: string) => void = () => {},
    check: (database: string) => Promise<void> = async () => {},
  ) {
    // As many at a time as below, so that the last kills are late enough.
    const whole = await Promise.all(databases.map((database) => run(work, database)));
    for (const { code, output } of whole) expect(code, output).to.equal(0);
    let fastest = Math.min(...whole.map(({ milliseconds }) => milliseconds));
    const fractions = Array.from({ length: kills }, (_, i) => (i + Math.random()) / kills);
    let runs = 0;
    const killUntilDone = async (database: string) => {
      for (let fraction = fractions.shift(); fraction !== undefined; fraction = fractions.shift()) {
        expect(++runs, "runs for the expected number of kills").to.be.at.most(4 * kills);
        prepare(database);
        const { signal, milliseconds } = await run(work, database, fraction * fastest);
        if (!signal) {
          fastest = Math.min(fastest, milliseconds);
          fractions.push(fraction);
        }
        await check(database);
      }
    };
    await Promise.all(databases.map(killUntilDone));
  }

  async function killCreating(location: BackupLocation): Promise<void> {
    await killAll({ args: ["backup", "create", "--location", location.address], sign: "listCollections" });
    let accepted = 0;
    for (const { id } of await findBackups(location)) {
      const verified = await verifyBackup(location, id).catch(() => undefined);
      if (!verified) continue;
      accepted += 1;
      const found = verified.manifest.collections.map(({ name, data }) => `${name} ${data!.digest}`);
      expect(found.sort()).to.deep.equal(digests);
    }
    expect(accepted).to.be.at.least(databases.length);
  }

  async function killRestoring(location: BackupLocation): Promise<void> {
    const { id } = await createBackup({ database: server.open("one"), location, clock: Date.now });
    const { dump } = await verifyBackup(location, id);
    const collections = (database: string) =>
      [...server.collections].filter(([namespace]) => namespace.startsWith(`${database}.`));
    const clear = (database: string) => {
      for (const [namespace] of collections(database)) server.collections.delete(namespace);
    };
    const expectComplete = (database: string) =>
      expect(
        collections(database)
          .map(([name, each]) => `${name.slice(database.length + 1)} ${digest(each.documents)}`)
          .sort(),
      ).to.deep.equal(digests);

    // The first change is the marker.
    const work = { args: ["restore", "--location", location.address], sign: "update" };
    let marked = 0;
    server.collections.clear();
    await killAll(work, clear, async (name) => {
      if (collections(name).length === 0) return;
      if (!server.collections.has(`${name}.${restoreMarker}`)) {
        expectComplete(name);
        return;
      }
      marked += 1;
      const database = server.open(name);
      const clock = Date.now;
      await expectCode("backup-source-half-restored", () => createBackup({ database, location, clock }));
      await expectCode("restore-target-half-restored", () => restoreDump({ dump, database, clock }));
    });
    expect(marked, "processes killed during their work").to.be.greaterThan(kills / 2);
    const again = await run({ ...work, args: [...work.args, "--replace", "one", "--yes"] }, "one");
    expect(again.code, again.output).to.equal(0);
    expectComplete("one");
  }

  describeLocations((getLocation) => {
    it("backup create leaves an intact backup, or one that verify rejects", async () => {
      put(60);
      await killCreating(getLocation());
    });

    it("restore leaves a complete, marked or empty database", async () => {
      put(20);
      await killRestoring(getLocation());
    });
  });
});
