import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { BSON } from "mongodb";
import { createBackup } from "../../../scripts/backup/create.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { MemoryLocation } from "./memory-location.ts";

const things = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => Buffer.from(BSON.serialize({ _id: from + i, name: `thing ${i}` })));

describe("Verifying a backup", () => {
  const server = new WireDatabase();
  const store = new MemoryLocation();
  let id: string;
  let whole: Map<string, Buffer>;

  before(async () => {
    await server.start();
    server.put("shop.users", { documents: things(0, 40) });
    server.put("shop.orders", { documents: things(100, 40) });
    server.put("shop.none", {});
    server.put("shop.view", { type: "view" });
    ({ id } = await createBackup({ database: server.open("shop"), location: store, clock: Date.now }));
    whole = store.files;
  });
  beforeEach(() => {
    store.files = new Map(whole);
  });
  after(() => server.stop());

  const data = (collection: string) => `${id}/shop/${collection}.bson.gz`;

  async function refusal(): Promise<string> {
    const error = await verifyBackup(store, id).catch((error) => error);
    expect(error).to.have.property("name", "BackupError");
    expect(error.message).to.contain("backup list");
    return error.message;
  }

  it("accepts what was written, and says what it holds", async () => {
    const { manifest, dump } = await verifyBackup(store, id);
    expect(manifest.collections.map(({ name, data }) => [name, data?.documents])).to.deep.equal([
      ["none", 0],
      ["orders", 40],
      ["users", 40],
      ["view", undefined],
    ]);
    expect(dump.collections.map(({ metadata }) => metadata.name)).to.have.length(4);
  });

  it("finds any bit that changed, in any file", async () => {
    const paths = [...whole.keys()];
    const bit = fc
      .constantFrom(...paths)
      .chain((path) => fc.tuple(fc.constant(path), fc.nat(whole.get(path)!.length * 8 - 1)));
    await fc.assert(
      fc.asyncProperty(bit, async ([path, position]) => {
        const file = Buffer.from(whole.get(path)!);
        file[position >> 3]! ^= 1 << (position & 7);
        store.files = new Map(whole).set(path, file);
        await refusal();
      }),
      { numRuns: 1_500 },
    );
  });

  it("finds every bit that changed in the head and the tail of a compressed file", async () => {
    const file = whole.get(data("users"))!;
    const ends = [...Array(12).keys(), ...Array.from({ length: 12 }, (_, i) => file.length - 1 - i)];
    for (const position of ends) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(file);
        changed[position]! ^= 1 << bit;
        store.files.set(data("users"), changed);
        await refusal();
      }
    }
  });

  it("finds files that are too short or too long", async () => {
    for (const [path, file] of whole) {
      for (const changed of [file.subarray(0, -1), Buffer.alloc(0), Buffer.concat([file, Buffer.alloc(1)])]) {
        store.files = new Map(whole).set(path, changed);
        await refusal();
      }
    }
    store.files = new Map(whole).set(data("users"), Buffer.concat([whole.get(data("users"))!, gzipSync("")]));
    await refusal();
  });

  it("finds files that changed places", async () => {
    store.files.set(data("users"), whole.get(data("orders"))!).set(data("orders"), whole.get(data("users"))!);
    expect(await refusal())
      .to.contain("users")
      .and.contain("orders");
  });

  it("finds files that are missing, and files that do not belong there", async () => {
    for (const path of whole.keys()) {
      if (path.endsWith("manifest.json")) continue;
      store.files = new Map(whole);
      store.files.delete(path);
      expect(await refusal())
        .to.contain(path)
        .and.contain("no bytes");
    }
    store.files = new Map(whole).set(`${id}/shop/more.bson.gz`, gzipSync(""));
    expect(await refusal()).to.contain("more.bson.gz: is no part of the backup");
  });

  it("finds a manifest of another backup", async () => {
    const other = "20261122T223000Z-00000000";
    store.files = new Map([...whole].map(([path, file]) => [path.replace(id, other), file]));
    const error = await verifyBackup(store, other).catch((error) => error);
    expect(error.message).to.contain(`it is that of the backup ${id}`);
  });

  it("does not read a format that it does not know", async () => {
    const path = `${id}/manifest.json`;
    const text = whole.get(path)!.toString().replace('"format": 1', '"format": 2');
    const content = text.slice(0, text.indexOf(',\n  "sha256": "', text.lastIndexOf("]")));
    const sum = createHash("sha256").update(content).digest("hex");
    store.files.set(path, Buffer.from(`${content},\n  "sha256": "${sum}"\n}\n`));
    const error = await verifyBackup(store, id).catch((error) => error);
    expect(error.message).to.contain("has the format 2, and this reads format 1");
  });
});
