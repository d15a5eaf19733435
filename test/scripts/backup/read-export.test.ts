import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { BSON } from "mongodb";
import { toBsonDocument } from "../../../scripts/backup/extended-json.ts";
import type { BackupLocation } from "../../../scripts/backup/location.ts";
import { parseOrdered, toCanonicalJson } from "../../../scripts/backup/ordered-bson.ts";
import { readExport } from "../../../scripts/backup/read-export.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { expectCode } from "../../support/errors.ts";
import { anyDocument } from "./arbitrary-bson.ts";
import { createDocuments, describeLocations, MemoryLocation, useWireDatabase } from "./fixture.ts";

/** As in https://www.mongodb.com/docs/atlas/backup/cloud-backup/export/ */
const marker = (fields: object = {}) =>
  JSON.stringify({
    orgId: "60512d6f65e4047fe0842095",
    orgName: "org1",
    groupId: "60512dac65e4047fe084220f",
    groupName: "ecobeat-production",
    clusterUniqueId: "60512dac65e4047fe0842212",
    clusterName: "ecobeat-production",
    snapshotInitiationDate: "2026-11-29T01:30:29.321Z",
    totalFiles: 6,
    labels: [],
    customData: [],
    ...fields,
  });

const cluster = "exported_snapshots/60512d6f65e4047fe0842095/60512dac65e4047fe084220f/ecobeat-production";
const older = `${cluster}/2026-11-29T0130/1764379829`;
const newer = `${cluster}/2026-11-30T0130/1764466229`;

/** As mongodump writes it, and mongorestore reads it from an export. */
const metadata = (name: string, indexes: object[] = []) =>
  JSON.stringify({
    options: {},
    indexes: [{ v: { $numberInt: "2" }, key: { _id: { $numberInt: "1" } }, name: "_id_" }, ...indexes],
    uuid: "bfcab3f53d4547558db73692ff763ecb",
    collectionName: name,
    type: "collection",
  });

const emailIndex = { v: { $numberInt: "2" }, unique: true, key: { email: { $numberInt: "1" } }, name: "email_1" };

const people = [
  '{"_id":"ann","email":"ann@example.com","createdAt":{"$date":{"$numberLong":"1795824000000"}},"age":{"$numberInt":"7"}}',
  '{"_id":"bob","email":"b\u00f6b@example.com","createdAt":{"$date":"2026-11-28T00:00:00Z"},"weight":71.0,"steps":9007199254740993}',
];

const files: Readonly<Record<string, string | Buffer>> = {
  ".complete": marker(),
  "ecobeat/users/metadata.json": metadata("users", [emailIndex]),
  "ecobeat/users/atlas-98ztan-shard-0.0.json.gz": gzipSync(`${people[0]}\n\n`),
  // The last line has no end.
  "ecobeat/users/atlas-98ztan-shard-0.1.json.gz": gzipSync(people[1]!),
  "ecobeat/erasures/metadata.json": metadata("erasures"),
  "other/things/metadata.json": metadata("things"),
};

describe("A snapshot that Atlas exported", () => {
  const server = useWireDatabase();

  const put = async (location: BackupLocation, folder: string, content: Readonly<Record<string, string | Buffer>>) => {
    for (const [path, each] of Object.entries(content)) await location.write(`${folder}/${path}`, [Buffer.from(each)]);
  };
  const read = (location: BackupLocation, options: object = {}) =>
    readExport(location, { database: "ecobeat", ...options });
  const expectRejected = async (code: string, location: BackupLocation, options?: object) =>
    (await expectCode(code, () => read(location, options))).message;
  const without = (path: string) => Object.fromEntries(Object.entries(files).filter(([each]) => each !== path));

  describeLocations((getLocation) => {
    it("is restored with its indexes and the types of its values", async () => {
      await put(getLocation(), older, files);
      const { dump, takenAt, newest } = await read(getLocation());
      expect(takenAt.toISOString()).to.equal("2026-11-29T01:30:29.321Z");
      expect(newest).to.equal("2026-11-28T00:00:00.000Z");
      const result = await restoreDump({ dump, database: server.open("target"), clock: Date.now });
      expect(result).to.deep.equal({ documents: 2, deletedAgain: 0 });
      expect([...server.collections.keys()].sort()).to.deep.equal(["target.erasures", "target.users"]);
      const { documents, indexes } = server.collections.get("target.users")!;
      expect(documents.map((each) => toCanonicalJson(parseOrdered(each)))).to.deep.equal([
        people[0],
        '{"_id":"bob","email":"böb@example.com","createdAt":{"$date":{"$numberLong":"1795824000000"}},' +
          '"weight":{"$numberDouble":"71.0"},"steps":{"$numberLong":"9007199254740993"}}',
      ]);
      expect(indexes.map((each) => BSON.deserialize(each).name)).to.deep.equal(["_id_", "email_1"]);
    });
  });

  it("is the newest one, or the newest before a time, from any folder above it", async () => {
    const location = new MemoryLocation();
    await put(location, older, files);
    await put(location, newer, { ...files, ".complete": marker({ snapshotInitiationDate: "2026-11-30T01:30:29Z" }) });
    const time = async (before?: string) =>
      (await read(location, before ? { before: new Date(before) } : {})).takenAt.toISOString();
    expect(await time()).to.equal("2026-11-30T01:30:29.000Z");
    for (const before of ["2026-11-30T01:30:28.999Z", "2026-11-29T01:30:29.321Z"]) {
      expect(await time(before)).to.equal("2026-11-29T01:30:29.321Z");
    }
    await expectRejected("export-not-found", location, { before: new Date("2026-11-01T00:00:00Z") });
  });

  it("is refused before it is complete", async () => {
    const location = new MemoryLocation();
    await put(location, older, without(".complete"));
    expect(await expectRejected("export-not-found", location)).to.contain(".complete");
    await put(location, older, { ".complete": marker({ totalFiles: 7 }) });
    expect(await expectRejected("export-incomplete", location))
      .to.contain("7 files")
      .and.contain("6");
    for (const invalid of ['{"orgId":', "null", marker({ snapshotInitiationDate: "today" })]) {
      await put(location, older, { ".complete": invalid });
      await expectRejected("export-marker-invalid", location);
    }
  });

  it("is read although the files of an older one expire", async () => {
    const location = new MemoryLocation();
    await put(location, older, { ".complete": marker() });
    await put(location, newer, { ...files, ".complete": marker({ snapshotInitiationDate: "2026-11-30T01:30:29Z" }) });
    expect((await read(location)).takenAt.toISOString()).to.equal("2026-11-30T01:30:29.000Z");
    await expectRejected("export-incomplete", location, { before: new Date("2026-11-30T00:00:00Z") });
  });

  it("is refused with a file that may hold documents", async () => {
    const location = new MemoryLocation();
    await put(location, older, { ...files, "ecobeat/users/atlas-98ztan-shard-0.json.gz": gzipSync(people[1]!) });
    expect(await expectRejected("export-file-unknown", location)).to.contain("shard-0.json.gz");
  });

  it("is refused next to that of another cluster", async () => {
    const location = new MemoryLocation();
    await put(location, older, files);
    const other = older.replace("ecobeat-production", "another");
    await put(location, other, { ...files, ".complete": marker({ clusterName: "another" }) });
    expect(await expectRejected("export-of-several-clusters", location)).to.contain("another");
  });

  it("is refused without the database, with the names of others", async () => {
    const location = new MemoryLocation();
    await put(location, older, files);
    expect(await expectRejected("export-without-database", location, { database: "shop" })).to.contain(
      "ecobeat, other",
    );
  });

  const damaged: Readonly<Record<string, [Readonly<Record<string, string | Buffer>>, string]>> = {
    "a first part": [without("ecobeat/users/atlas-98ztan-shard-0.0.json.gz"), "export-part-missing"],
    metadata: [without("ecobeat/users/metadata.json"), "export-collection-unusable"],
    "a supported type": [
      { ...files, "ecobeat/users/metadata.json": '{"options":{"timeseries":{"timeField":"at"}}}' },
      "export-collection-unusable",
    ],
    "the end of a file": [
      {
        ...files,
        "ecobeat/users/atlas-98ztan-shard-0.1.json.gz": (
          files["ecobeat/users/atlas-98ztan-shard-0.1.json.gz"] as Buffer
        ).subarray(0, -12),
      },
      "export-collection-unusable",
    ],
    "the end of a document": [
      { ...files, "ecobeat/users/atlas-98ztan-shard-0.1.json.gz": gzipSync(people[1]!.slice(0, -1)) },
      "export-collection-unusable",
    ],
  };
  for (const [what, [content, code]] of Object.entries(damaged)) {
    it(`is refused without ${what}`, async () => {
      const location = new MemoryLocation();
      await put(location, older, { ...content, ".complete": marker({ totalFiles: 1 }) });
      expect(await expectRejected(code, location)).to.contain("users");
    });
  }

  it("is read in part, at least one file of each collection", async () => {
    const location = new MemoryLocation();
    // As S3 lists them: 10 before 2. Each shard counts from 0.
    const names = Array.from(
      { length: 40 },
      (_, part) => `ecobeat/activities/a-shard-${part % 2}.${part >> 1}.json.gz`,
    );
    const activity = gzipSync('{"_id":1,"createdAt":{"$date":"2026-11-01T00:00:00Z"}}\n');
    const parts = Object.fromEntries(names.sort().map((name) => [name, activity]));
    await put(location, older, { ...files, ...parts, "ecobeat/activities/metadata.json": metadata("activities") });
    const { read: filesRead, files: total, dump, newest } = await read(location, { sample: 9, random: () => 0.5 });
    expect({ filesRead, total }).to.deep.equal({ filesRead: 5, total: 42 });
    expect(newest).to.equal("2026-11-28T00:00:00.000Z");
    expect(dump.collections.map(({ content }) => content!.documents).sort()).to.deep.equal([0, 1, 4]);
  });

  it("has documents of any size in files of many chunks", async () => {
    const documents = createDocuments(400, (serial) => ({ text: String(serial).repeat(serial * 30) }));
    const lines = documents.map((each) => toCanonicalJson(parseOrdered(each))).join("\n");
    const location = new MemoryLocation();
    await put(location, older, {
      ".complete": marker({ totalFiles: 1 }),
      "ecobeat/things/metadata.json": metadata("things"),
      "ecobeat/things/a-shard-0.0.json.gz": gzipSync(lines),
    });
    const [things] = (await read(location)).dump.collections;
    const found: Buffer[] = [];
    for await (const { bytes } of things!.documents()) found.push(bytes);
    expect(Buffer.compare(Buffer.concat(found), Buffer.concat(documents))).to.equal(0);
    expect(gunzipSync(location.files.get(`${older}/ecobeat/things/a-shard-0.0.json.gz`)!).length).to.be.above(
      512 * 1024,
    );
  });
});

/**
 * Whether a value has a form of its own in Extended JSON: not a field named `$date`, for example, a deprecated type, an invalid UUID, or a
 * date that JavaScript cannot represent.
 */
function isRepresentable(value: unknown): boolean {
  if (value instanceof Map) {
    return [...value].every(([key, item]) => !String(key).startsWith("$") && isRepresentable(item));
  }
  if (Array.isArray(value)) return value.every(isRepresentable);
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (value instanceof BSON.Binary) return value.sub_type !== BSON.Binary.SUBTYPE_UUID || value.length() === 16;
  return value !== undefined && !(value instanceof BSON.Code);
}

describe("Extended JSON", () => {
  it("becomes the same bytes from its canonical form, except for deprecated types", () => {
    fc.assert(
      fc.property(anyDocument, (bytes) => {
        const document = parseOrdered(bytes);
        fc.pre(isRepresentable(document));
        const text = toCanonicalJson(document);
        expect(toCanonicalJson(parseOrdered(Buffer.from(toBsonDocument(text))))).to.equal(text);
      }),
      { numRuns: 40 },
    );
  });

  for (const [relaxed, canonical] of [
    [
      '{"a":5,"b":5.0,"c":-1e3,"d":2.5E+2}',
      '{"a":{"$numberInt":"5"},"b":{"$numberDouble":"5.0"},"c":{"$numberDouble":"-1000.0"},"d":{"$numberDouble":"250.0"}}',
    ],
    [
      '{"a":3000000000,"b":-9223372036854775808}',
      '{"a":{"$numberLong":"3000000000"},"b":{"$numberLong":"-9223372036854775808"}}',
    ],
    [
      '{"1":3000000000,"0":2147483647,"a":-2147483649,"b":-2147483648,"t":{"$timestamp":{"t":4294967295,"i":1}}}',
      '{"1":{"$numberLong":"3000000000"},"0":{"$numberInt":"2147483647"},"a":{"$numberLong":"-2147483649"},' +
        '"b":{"$numberInt":"-2147483648"},"t":{"$timestamp":{"t":4294967295,"i":1}}}',
    ],
    ['{"2":"1.0 \\" 12345678901234567890","1":null}', '{"2":"1.0 \\" 12345678901234567890","1":null}'],
    ['{"a":{"__proto__":{"a":1},"b":"y"}}', '{"a":{"__proto__":{"a":{"$numberInt":"1"}},"b":"y"}}'],
    ['{"a":{"$id":"y","$ref":"x"}}', '{"a":{"$id":"y","$ref":"x"}}'],
    ['{"a":{"_bsontype":"Long","low":true}}', '{"a":{"_bsontype":"Long","low":true}}'],
    ['{"a":{"$undefined":true},"b":[{"$undefined":true}]}', '{"a":null,"b":[null]}'],
    [
      '{"1":{"$symbol":"x"},"b":{"$code":"f","$scope":{"x":{"$numberLong":"5"}}},"c":{"$code":"f"}}',
      '{"1":{"$symbol":"x"},"b":{"$code":"f","$scope":{"x":{"$numberLong":"5"}}},"c":{"$code":"f"}}',
    ],
    [
      '{"a":{"$dbPointer":{"$ref":"b","$id":{"$oid":"57e193d7a9cc81b4027498b1"}}}}',
      '{"a":{"$ref":"b","$id":{"$oid":"57e193d7a9cc81b4027498b1"}}}',
    ],
    ['{"a":{"$date":"2026-11-30T00:00:00.5Z"}}', '{"a":{"$date":{"$numberLong":"1795996800500"}}}'],
    ['{"a":{"$ref":"x","$id":1,"other":2}}', '{"a":{"$ref":"x","$id":{"$numberInt":"1"},"other":{"$numberInt":"2"}}}'],
  ]) {
    it(`keeps types and order of ${relaxed}`, () => {
      expect(toCanonicalJson(parseOrdered(Buffer.from(toBsonDocument(relaxed!))))).to.equal(canonical);
    });
  }

  for (const text of [
    ...["5", "[]", "null", '{"a":', "{} {}"],
    ...['{"$numberLong":"8640000000000001"}', "-8640000000000001", '"+275760-09-14T00:00:00Z"', '"today"'].map(
      (date) => `{"a":{"$date":${date}}}`,
    ),
  ]) {
    it(`is refused: ${text}`, () => {
      expect(() => toBsonDocument(text)).to.throw();
    });
  }
});
