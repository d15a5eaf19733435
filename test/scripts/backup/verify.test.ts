import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { createBackup } from "../../../scripts/backup/create-backup.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { expectCode } from "../../support/errors.ts";
import { isThorough } from "../../support/thorough.ts";
import { createDocuments, MemoryLocation, useWireDatabase } from "./fixture.ts";

describe("Verifying a backup", () => {
  const server = useWireDatabase();
  const location = new MemoryLocation();
  let id: string;
  let whole: Map<string, Buffer>;

  before(async () => {
    server.put("shop.users", { documents: createDocuments(40, (i) => ({ name: `user ${i}` })) });
    server.put("shop.orders", { documents: createDocuments(40, (i) => ({ name: `order ${i}` })) });
    server.put("shop.none", {});
    server.put("shop.view", { type: "view" });
    ({ id } = await createBackup({ database: server.open("shop"), location: location, clock: Date.now }));
    whole = location.files;
  });
  beforeEach(() => {
    location.files = new Map(whole);
  });

  const data = (collection: string) => `${id}/shop/${collection}.bson.gz`;

  async function expectDamaged(): Promise<string> {
    const error = await verifyBackup(location, id).catch((error) => error);
    expect(error).to.have.property("code").that.is.oneOf(["backup-damaged", "manifest-damaged"]);
    return error.message;
  }

  it("accepts an intact backup, and returns its content", async () => {
    const { manifest, dump } = await verifyBackup(location, id);
    expect(manifest.collections.map(({ name, data }) => [name, data?.documents])).to.deep.equal([
      ["none", 0],
      ["orders", 40],
      ["users", 40],
      ["view", undefined],
    ]);
    expect(dump.collections.map(({ metadata }) => metadata.name)).to.have.length(4);
  });

  it("detects any changed bit, in any file", async () => {
    const paths = [...whole.keys()];
    const bit = fc
      .constantFrom(...paths)
      .chain((path) => fc.tuple(fc.constant(path), fc.nat(whole.get(path)!.length * 8 - 1)));
    await fc.assert(
      fc.asyncProperty(bit, async ([path, position]) => {
        const file = Buffer.from(whole.get(path)!);
        file[position >> 3]! ^= 1 << (position & 7);
        location.files = new Map(whole).set(path, file);
        await expectDamaged();
      }),
      { numRuns: isThorough ? 1_500 : 150 },
    );
  });

  it("detects each changed bit in the header and the trailer of a compressed file", async () => {
    const file = whole.get(data("users"))!;
    const ends = [...Array(12).keys(), ...Array.from({ length: 12 }, (_, i) => file.length - 1 - i)];
    for (const position of ends) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(file);
        changed[position]! ^= 1 << bit;
        location.files.set(data("users"), changed);
        await expectDamaged();
      }
    }
  });

  it("detects files that are too short or too long", async () => {
    for (const [path, file] of whole) {
      for (const changed of [file.subarray(0, -1), Buffer.alloc(0), Buffer.concat([file, Buffer.alloc(1)])]) {
        location.files = new Map(whole).set(path, changed);
        await expectDamaged();
      }
    }
    const longer = Buffer.concat([whole.get(data("users"))!, gzipSync("")]);
    location.files = new Map(whole).set(data("users"), longer);
    await expectDamaged();
  });

  it("detects swapped files", async () => {
    location.files.set(data("users"), whole.get(data("orders"))!).set(data("orders"), whole.get(data("users"))!);
    expect(await expectDamaged())
      .to.contain("users")
      .and.contain("orders");
  });

  it("detects missing and unexpected files", async () => {
    for (const path of whole.keys()) {
      if (path.endsWith("manifest.json")) continue;
      location.files = new Map(whole);
      location.files.delete(path);
      expect(await expectDamaged()).to.contain(path);
    }
    location.files = new Map(whole).set(`${id}/shop/more.bson.gz`, gzipSync(""));
    expect(await expectDamaged()).to.contain("more.bson.gz");
  });

  it("detects the manifest of another backup", async () => {
    const other = "20261122T223000Z-00000000";
    location.files = new Map([...whole].map(([path, file]) => [path.replace(id, other), file]));
    await expectCode("manifest-damaged", () => verifyBackup(location, other));
  });

  it("rejects an unknown format", async () => {
    const path = `${id}/manifest.json`;
    const text = whole.get(path)!.toString().replace('"format": 1', '"format": 2');
    const content = text.slice(0, text.indexOf(',\n  "sha256": "', text.lastIndexOf("]")));
    const checksum = createHash("sha256").update(content).digest("hex");
    location.files.set(path, Buffer.from(`${content},\n  "sha256": "${checksum}"\n}\n`));
    await expectCode("manifest-format-unsupported", () => verifyBackup(location, id));
  });
});
