import { createServer } from "node:http";
import { S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { chooseBackup, findBackups, findPrunable, pruneBackups } from "../../../scripts/backup/catalog.ts";
import { createBackup } from "../../../scripts/backup/create-backup.ts";
import { S3Location } from "../../../scripts/backup/s3-location.ts";
import { expectCode } from "../../support/errors.ts";
import { listenHttp } from "../../support/listen.ts";
import { MemoryLocation, useWireDatabase } from "./fixture.ts";

const day = 24 * 60 * 60 * 1_000;
const now = Date.UTC(2026, 10, 22, 12);

describe("Backups in a location", () => {
  const server = useWireDatabase();
  let location: MemoryLocation;
  let ids: string[];

  /** One backup for each age in days, oldest first. */
  async function backups(...ages: number[]): Promise<void> {
    server.put("shop.users", {});
    location = new MemoryLocation();
    ids = [];
    for (const age of ages) {
      const clock = () => now - age * day;
      ids.push((await createBackup({ database: server.open("shop"), location: location, clock })).id);
    }
  }
  const remaining = async () => (await findBackups(location)).map(({ id }) => id);
  const deleteManifest = (id: string) => location.files.delete(`${id}/manifest.json`);
  const deleteFile = (id: string) => location.files.delete(`${id}/shop/users.bson.gz`);
  const prune = async (keepDays: number, dryRun = false) => {
    const found = await findPrunable({ location, keepDays, now });
    if (!dryRun) await pruneBackups(location, found);
    return { backups: found.backups, unfinishedWrites: found.unfinishedWrites.map(({ path }) => path) };
  };

  describe("are chosen", () => {
    beforeEach(() => backups(3, 2, 1));

    it("by id, the newest one, and the newest one before a timestamp", async () => {
      expect(await chooseBackup(location, { id: ids[1]! })).to.equal(ids[1]);
      expect(await chooseBackup(location, {})).to.equal(ids[2]);
      expect(await chooseBackup(location, { id: "latest" })).to.equal(ids[2]);
      expect(await chooseBackup(location, { before: new Date(now - 1.5 * day) })).to.equal(ids[1]);
      expect(await chooseBackup(location, { before: new Date(now - 2 * day) })).to.equal(ids[1]);
    });

    it("except those without a manifest", async () => {
      deleteManifest(ids[2]!);
      expect(await chooseBackup(location, {})).to.equal(ids[1]);
      await expectCode("backup-unusable", () => chooseBackup(location, { id: ids[2] }));
    });

    it("unless it does not exist", async () => {
      await expectCode("backup-unusable", () => chooseBackup(location, { id: "20200101T000000Z-00000000" }));
      await expectCode("backup-not-found", () => chooseBackup(location, { before: new Date(0) }));
    });
  });

  describe("are deleted", () => {
    it("if they are older than requested", async () => {
      await backups(40, 31, 29, 1);
      expect((await prune(30)).backups.map(({ id }) => id)).to.deep.equal(ids.slice(0, 2));
      expect(await remaining()).to.deep.equal(ids.slice(2));
      expect([...location.files.keys()].every((path) => path > ids[2]!)).to.equal(true);
    });

    it("but not in a dry run", async () => {
      await backups(40, 1);
      expect((await prune(30, true)).backups).to.have.length(1);
      expect(await remaining()).to.deep.equal(ids);
    });

    it("except the newest intact one, however old", async () => {
      await backups(60, 50, 45, 40);
      deleteFile(ids[3]!);
      deleteManifest(ids[2]!);
      await prune(30);
      expect(await remaining()).to.deep.equal([ids[1]]);
    });

    it("never while a manifest cannot be read: the newest backup may be intact", async () => {
      await backups(60, 50);
      const removed: string[] = [];
      // As S3 does while it is overloaded.
      const s3 = createServer((request, response) => {
        const url = new URL(request.url!, "http://s3");
        const key = url.pathname.slice("/bucket/".length);
        if (request.method === "DELETE") removed.push(key);
        if (url.searchParams.has("list-type") || url.searchParams.has("uploads")) {
          const contents = [...location.files].map(
            ([path, { length }]) => `<Contents><Key>${path}</Key><Size>${length}</Size></Contents>`,
          );
          return response.end(`<ListBucketResult>${contents.join("")}</ListBucketResult>`);
        }
        if (request.method === "GET" && !key.startsWith(ids[1]!)) return response.end(location.files.get(key));
        response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
      });
      const client = new S3Client({
        ...{ endpoint: await listenHttp(s3), region: "eu-west-1", forcePathStyle: true, maxAttempts: 1 },
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      });
      const bucket = new S3Location(client, "bucket", "");
      expect((await findBackups(bucket)).map(({ id }) => id)).to.deep.equal(ids);
      await expectCode("s3-request-failed", () => findPrunable({ location: bucket, keepDays: 30, now }));
      expect(removed).to.deep.equal([]);
      s3.close();
      s3.closeAllConnections();
    });

    it("if they are incomplete since yesterday, and not possibly in progress", async () => {
      await backups(5, 2, 0.5);
      deleteManifest(ids[1]!);
      deleteManifest(ids[2]!);
      await prune(30);
      expect(await remaining()).to.deep.equal([ids[0], ids[2]]);
    });

    it("starting with the manifest", async () => {
      await backups(40, 1);
      const removed: string[] = [];
      location.remove = async (path) => void removed.push(path);
      await prune(30);
      expect(removed[0]).to.equal(`${ids[0]}/manifest.json`);
      expect(removed).to.have.length(3);
    });

    it("with the unfinished writes of yesterday, and not those possibly in progress", async () => {
      await backups(2, 0.5);
      const discarded: string[] = [];
      location.unfinished = [...ids.map((id) => `${id}/shop/users.bson.gz`), "other/file"].map((path) => ({
        path,
        discard: async () => void discarded.push(path),
      }));
      expect((await prune(30, true)).unfinishedWrites).to.deep.equal([`${ids[0]}/shop/users.bson.gz`]);
      expect(discarded).to.deep.equal([]);
      await prune(30);
      expect(discarded).to.deep.equal([`${ids[0]}/shop/users.bson.gz`]);
    });

    it("but not other files", async () => {
      await backups(40, 1);
      location.files.set("README", Buffer.alloc(0)).set("other/file", Buffer.alloc(0));
      await prune(30);
      expect([...location.files.keys()]).to.include.members(["README", "other/file"]);
    });
  });
});
