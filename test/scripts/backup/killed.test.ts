import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { BSON } from "mongodb";
import { storedBackups } from "../../../scripts/backup/catalog.ts";
import { createBackup } from "../../../scripts/backup/create.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { restoreMarker } from "../../../scripts/backup/restore-marker.ts";
import type { BackupStore } from "../../../scripts/backup/store.ts";
import { ContentSummer } from "../../../scripts/backup/sums.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { openStore } from "../../../scripts/ops/backup/open-store.ts";
import { describeWith } from "../../support/real-parts.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { BackupProcesses, type Ended } from "./backup-process.ts";

const kills = 20;

/** Documents that do not compress, so that a store gets many bytes. */
const documents = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, _id) => Buffer.from(BSON.serialize({ _id, noise: randomBytes(bytes) })));

const digest = (all: readonly Buffer[]) => {
  const content = new ContentSummer();
  for (const document of all) content.add(document);
  return content.sums.digest;
};

describe("Killed at any moment", function () {
  this.timeout(120_000);
  const processes = new BackupProcesses();
  const server = new WireDatabase();
  let digests: string[];

  /** @param large documents of 100 kB: from 80 on, S3 gets their collection in parts */
  function put(large: number): void {
    const source = { people: documents(2_000, 100), large: documents(large, 100_000), none: [] };
    for (const [name, all] of Object.entries(source)) server.put(`shop.${name}`, { documents: all });
    digests = Object.entries(source)
      .map(([name, all]) => `${name} ${digest(all)}`)
      .sort();
  }

  before(async () => {
    await Promise.all([processes.compile(), server.start()]);
  });
  after(async () => {
    await Promise.all([processes.remove(), server.stop()]);
  });

  const uri = (database: string) => server.uri.replace("/?", `/${database}?`);

  /**
   * Runs a command, and kills it so long after it first asked the database for something.
   * @returns how it ended, and the time from then on
   */
  async function run(args: string[], killAfter?: number): Promise<Ended & { milliseconds: number }> {
    const running = processes.start(args, { MONGODB_URI: uri("shop") });
    let begun = 0;
    let timer: NodeJS.Timeout | undefined;
    server.intercept = (name) => {
      if (begun === 0 && name === "listCollections") {
        begun = performance.now();
        if (killAfter !== undefined) timer = setTimeout(() => running.process.kill("SIGKILL"), killAfter);
      }
      return undefined;
    };
    const ended = await running.ended;
    clearTimeout(timer);
    return { ...ended, milliseconds: performance.now() - begun };
  }

  /**
   * Kills a command at moments of chance from its beginning to its end. How long it takes depends on what else the machine does:
   * one that ends before its kill is run once more, and is killed earlier.
   * @param whole how long it takes when nobody kills it, in milliseconds
   * @param look what to do after each
   */
  async function killAll(
    command: string[],
    whole: number,
    prepare: () => void = () => {},
    look: () => Promise<void> = async () => {},
  ) {
    let fastest = whole;
    for (let runs = 1, killed = 0; killed < kills; runs++) {
      expect(runs, "runs, for as many kills as are wanted").to.be.at.most(4 * kills);
      prepare();
      const { signal, milliseconds } = await run(command, ((killed + Math.random()) / kills) * fastest);
      if (signal) killed += 1;
      else fastest = Math.min(fastest, milliseconds);
      await look();
    }
  }

  async function killCreating(address: string, store: BackupStore): Promise<void> {
    const command = ["backup", "create", "--to", address];
    const whole = await run(command);
    expect(whole.code, whole.output).to.equal(0);
    await killAll(command, whole.milliseconds);

    let accepted = 0;
    for (const { id } of await storedBackups(store)) {
      const verified = await verifyBackup(store, id).catch(() => undefined);
      if (!verified) continue;
      accepted += 1;
      const found = verified.manifest.collections.map(({ name, data }) => `${name} ${data!.digest}`);
      expect(found.sort()).to.deep.equal(digests);
    }
    expect(accepted).to.be.at.least(1);
  }

  it("backup create leaves in a folder what is right, or what verify refuses", async () => {
    put(20);
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-killed-"));
    await killCreating(folder, await openStore(folder, {}));
    await rm(folder, { recursive: true });
  });

  describeWith("AWS_ENDPOINT_URL", "on S3", () => {
    const bucket = `backup-test-${randomUUID()}`;
    const client = new S3Client({ forcePathStyle: true });

    it("backup create leaves in a bucket what is right, or what verify refuses", async () => {
      put(90);
      const LocationConstraint = "eu-west-1";
      await client.send(
        new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint } }),
      );
      const store = await openStore(`s3://${bucket}`, process.env);
      await killCreating(`s3://${bucket}`, store);
      for (const { path } of await store.list()) await store.remove(path);
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    });
  });

  it("restore leaves a database that is whole, or marked, or as empty as before", async () => {
    put(20);
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-killed-"));
    const store = await openStore(folder, {});
    const { id } = await createBackup({ database: server.open("shop"), store, clock: Date.now });
    const { dump } = await verifyBackup(store, id);
    const collections = () =>
      [...server.collections].filter(([namespace]) => namespace.startsWith("target."));
    const clear = () => {
      for (const [namespace] of collections()) server.collections.delete(namespace);
    };
    const expectWhole = () =>
      expect(
        collections()
          .map(([name, each]) => `${name.slice("target.".length)} ${digest(each.documents)}`)
          .sort(),
      ).to.deep.equal(digests);

    const command = ["restore", "--from", folder, "--into", uri("target")];
    const whole = await run(command);
    expect(whole.code, whole.output).to.equal(0);
    let marked = 0;
    await killAll(command, whole.milliseconds, clear, async () => {
      if (collections().length === 0) return;
      if (!server.collections.has(`target.${restoreMarker}`)) {
        expectWhole();
        return;
      }
      marked += 1;
      const database = server.open("target");
      const refusals = [
        await createBackup({ database, store, clock: Date.now }).catch(({ message }) => message),
        await restoreDump({ dump, database, clock: Date.now }).catch(({ message }) => message),
      ];
      for (const refusal of refusals) expect(refusal).to.contain("The database target is half restored");
    });
    expect(marked, "processes that a kill met at work").to.be.greaterThan(kills / 4);
    const again = await run([...command, "--yes-replace", "target"]);
    expect(again.code, again.output).to.equal(0);
    expectWhole();
    await rm(folder, { recursive: true });
  });
});
