import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { BackupProcesses } from "../../../bench/backup-process.ts";
import { FolderLocation } from "../../../scripts/backup/folder-location.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { createDocuments, describeLocations } from "./fixture.ts";

/** Repeats a few documents, so that this process needs little memory for them. */
const repeat = (count: number, getFields: () => object): Buffer[] => {
  const some = createDocuments(Math.min(64, count), getFields);
  return Array.from({ length: count }, (_, i) => some[i % some.length]!);
};

/**
 * What Node.js 22 and later need more than 20, in MB. The same restore from S3 needs 126 MB on 20 and 144 MB on 24 on an idle machine, and
 * up to 151 MB on a busy one (2026-11-30).
 */
const moreMegabytes = Number.parseInt(process.versions.node, 10) > 20 ? 15 : 0;

describe("The memory of backups and restores", () => {
  const getFolder = useTemporaryFolder();
  const processes = new BackupProcesses();
  const server = new WireDatabase();
  const uri = (database: string) => server.uri.replace("/?", `/${database}?`);

  before(async () => {
    await Promise.all([processes.compile("external"), server.start()]);
    for (const name of ["a", "b"]) {
      const many = repeat(150_000, () => ({ createdAt: new Date(), text: "a few words", number: 7 }));
      // Random, so that a backup writes as many bytes as it reads.
      const large = repeat(300, () => ({ noise: randomBytes(100_000) }));
      server.put(`many.${name}`, { documents: many });
      server.put(`large.${name}`, { documents: large });
      // As large as MongoDB allows.
      server.put(`largest.${name}`, { documents: repeat(4, () => ({ noise: randomBytes(16_700_000) })) });
    }
    const few = repeat(500, () => ({ text: "a few words" }));
    for (let serial = 0; serial < 200; serial++) server.put(`collections.${serial}`, { documents: few });
  });
  after(async () => {
    await Promise.all([processes.remove(), server.stop()]);
  });

  /** @param most maximum in MB on Node.js 20 */
  async function expectLittle(address: string, database: string, most: number): Promise<void> {
    const created = await processes.measureMemory(["backup", "create", "--location", address, "--json"], {
      MONGODB_URI: uri(database),
    });
    expect(created.ended.code, created.ended.output).to.equal(0);
    const id = /"id": "(.*)"/.exec(created.ended.output)![1]!;
    const into = `${database}-from-${address.replaceAll(/\W/g, "")}`;
    const restored = await processes.measureMemory(
      ["restore", "--location", address, "--id", id, "--into", uri(into)],
      {},
    );
    expect(restored.ended.code, restored.ended.output).to.equal(0);
    expect(created.megabytes, `to back up ${database}`).to.be.within(1, most + moreMegabytes);
    expect(restored.megabytes, `to restore ${database}`).to.be.within(1, most + moreMegabytes);
    for (const namespace of server.collections.keys()) {
      if (namespace.startsWith(`${into}.`)) server.collections.delete(namespace);
    }
  }

  // A location gets bytes, whatever documents they are: only one of them gets many.
  it("stays low for many documents", async () => {
    const { address } = new FolderLocation(getFolder());
    await expectLittle(address, "many", 150);
  });

  describeLocations((getLocation) => {
    it("stays low for large documents, and for many collections", () =>
      Promise.all([
        // These stay outside of the heap until garbage collection: up to 32 MiB, by a constant of V8.
        expectLittle(getLocation().address, "large", 200),
        expectLittle(getLocation().address, "collections", 150),
      ]));

    // A document is in memory several times: from the server, decompressed, in an insert, and read back.
    it("is limited for the largest documents", () => expectLittle(getLocation().address, "largest", 400));
  });
});
