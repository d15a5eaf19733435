import { expect } from "chai";
import { chooseBackup, findBackups, pruneBackups } from "../../../scripts/backup/catalog.ts";
import { createBackup } from "../../../scripts/backup/create.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { MemoryLocation } from "./memory-location.ts";

const day = 24 * 60 * 60 * 1_000;
const now = Date.UTC(2026, 10, 22, 12);

describe("Backups in a store", () => {
  const server = new WireDatabase();
  let store: MemoryLocation;
  let ids: string[];

  before(async () => {
    await server.start();
    server.put("shop.users", {});
  });
  /** One backup for each age in days, oldest first. */
  async function backups(...ages: number[]): Promise<void> {
    store = new MemoryLocation();
    ids = [];
    for (const age of ages) {
      const clock = () => now - age * day;
      ids.push((await createBackup({ database: server.open("shop"), location: store, clock })).id);
    }
  }
  after(() => server.stop());

  const left = async () => (await findBackups(store)).map(({ id }) => id);
  const loseManifest = (id: string) => store.files.delete(`${id}/manifest.json`);
  const loseFile = (id: string) => store.files.delete(`${id}/shop/users.bson.gz`);
  const prune = (keepDays: number, dryRun = false) =>
    pruneBackups({ location: store, keepDays, now, dryRun });

  describe("found", () => {
    beforeEach(() => backups(3, 2, 1));

    it("by id, the newest one, and the newest one before a moment", async () => {
      expect(await chooseBackup(store, { id: ids[1]! })).to.equal(ids[1]);
      expect(await chooseBackup(store, {})).to.equal(ids[2]);
      expect(await chooseBackup(store, { id: "latest" })).to.equal(ids[2]);
      expect(await chooseBackup(store, { before: new Date(now - 1.5 * day) })).to.equal(ids[1]);
      expect(await chooseBackup(store, { before: new Date(now - 2 * day) })).to.equal(ids[1]);
    });

    it("without those that have no manifest", async () => {
      loseManifest(ids[2]!);
      expect(await chooseBackup(store, {})).to.equal(ids[1]);
      const error = await chooseBackup(store, { id: ids[2]! }).catch((error) => error);
      expect(error.message).to.contain("was not written to its end").and.contain("backup list");
    });

    it("or not, and then it says so", async () => {
      const unknown = await chooseBackup(store, { id: "20200101T000000Z-00000000" }).catch((error) => error);
      expect(unknown.message).to.contain("it is not there");
      const early = await chooseBackup(store, { before: new Date(0) }).catch((error) => error);
      expect(early.message).to.contain("no backup that had ended by 1970-01-01");
    });
  });

  describe("pruned", () => {
    it("are those that are older than asked", async () => {
      await backups(40, 31, 29, 1);
      expect((await prune(30)).backups.map(({ id }) => id)).to.deep.equal(ids.slice(0, 2));
      expect(await left()).to.deep.equal(ids.slice(2));
      expect([...store.files.keys()].every((path) => path > ids[2]!)).to.equal(true);
    });

    it("are none in a rehearsal", async () => {
      await backups(40, 1);
      expect((await prune(30, true)).backups).to.have.length(1);
      expect(await left()).to.deep.equal(ids);
    });

    it("are never all: the newest whole one stays, however old", async () => {
      await backups(60, 50, 45, 40);
      loseFile(ids[3]!);
      loseManifest(ids[2]!);
      await prune(30);
      expect(await left()).to.deep.equal([ids[1]]);
    });

    it("are attempts of yesterday, and not one that may be under way", async () => {
      await backups(5, 2, 0.5);
      loseManifest(ids[1]!);
      loseManifest(ids[2]!);
      await prune(30);
      expect(await left()).to.deep.equal([ids[0], ids[2]]);
    });

    it("lose their manifest first", async () => {
      await backups(40, 1);
      const removed: string[] = [];
      store.remove = async (path) => void removed.push(path);
      await prune(30);
      expect(removed[0]).to.equal(`${ids[0]}/manifest.json`);
      expect(removed).to.have.length(3);
    });

    it("are writes of yesterday that never ended, and not one that may be under way", async () => {
      await backups(2, 0.5);
      const discarded: string[] = [];
      store.unfinished = [...ids.map((id) => `${id}/shop/users.bson.gz`), "other/file"].map((path) => ({
        path,
        discard: async () => void discarded.push(path),
      }));
      expect((await prune(30, true)).unfinishedWrites).to.deep.equal([`${ids[0]}/shop/users.bson.gz`]);
      expect(discarded).to.deep.equal([]);
      await prune(30);
      expect(discarded).to.deep.equal([`${ids[0]}/shop/users.bson.gz`]);
    });

    it("are no files that are something else", async () => {
      await backups(40, 1);
      store.files.set("README", Buffer.alloc(0)).set("other/file", Buffer.alloc(0));
      await prune(30);
      expect([...store.files.keys()]).to.include.members(["README", "other/file"]);
    });
  });
});
