import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { openEmbeddedDatabase } from "../../../service/local/embedded-database.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { startServer, stopServer } from "./server-process.ts";

describe("The files of the embedded database", () => {
  const folder = useTemporaryFolder();
  let collections: string;
  beforeEach(async () => {
    collections = join(folder(), "database", "ecobeat");
    await mkdir(collections, { recursive: true });
  });

  const write = async (names: readonly string[], text = "[]") => {
    for (const name of names) await writeFile(join(collections, name), text);
  };
  const leftovers = () => [`users.json.tmp-${randomUUID()}`, `users.indexes.json.tmp-${randomUUID()}`];
  const start = (ECOBEAT_DATA_DIR = folder()) => startServer(ECOBEAT_DATA_DIR);

  it("that a crash left half-written are removed at the next start, and no others", async () => {
    const others = ["notes.tmp-1", "users.json.tmp-mine", `users.json.tmp-${randomUUID()}.bak`, "other.json"];
    await write([...leftovers(), ...others]);
    const server = await start();
    expect(await server.banner).to.contain("embedded backend in");
    await stopServer(server);
    const files = await readdir(collections);
    expect(files).to.include.members(others);
    expect(files.filter((name) => /\.json\.tmp-[\da-f-]{36}$/.test(name))).to.deep.equal([]);
  });

  it("that another server is writing stay", async () => {
    await using running = await start();
    await running.banner;
    const written = leftovers();
    await write(written);
    const { code, output } = await (await start()).ended;
    expect([code, output]).to.satisfy(() => code === 1 && output.includes("is in use by process"), output);
    expect(await readdir(collections)).to.include.members(written);
  });

  for (const [name, text] of [
    ["users.json", '[{"email":"ann@example.com"'],
    ["users.json", ""],
    ["activities.json", '{"email":"ann@example.com"}'],
    ["users.indexes.json", "{"],
    ["users.indexes.json", "[]"],
  ] as const) {
    it(`are named when they are broken, and stay as they are: ${name} with ${text || "nothing"}`, async () => {
      await write([name], text);
      const error = await openEmbeddedDatabase(join(folder(), "database")).catch((error) => error);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.contain(join(collections, name)).and.contain("Nothing was deleted");
      expect(error.message).not.to.contain("ann@example.com");
      expect(await readFile(join(collections, name), "utf8")).to.equal(text);
    });
  }

  it("end a server when they are broken: it says no more than their names", async () => {
    await write(["users.json"], '[{"email":"ann@example.com"');
    const { code, output } = await (await start()).ended;
    expect(code, output).to.equal(1);
    expect(output).to.contain(join(collections, "users.json"));
    expect(output).not.to.contain("    at ").and.not.contain("ann@example.com");
  });

  it("are named when they break while the server runs", async () => {
    const database = await openEmbeddedDatabase(join(folder(), "database"));
    const users = database.collection<{ _id: string }>("users");
    await users.insertOne({ _id: "ann" });
    for (const [name, call] of [
      ["users.json", () => users.findOne({ _id: "ann" })],
      ["users.json", () => users.insertOne({ _id: "bo" })],
      ["users.indexes.json", () => users.listIndexes().toArray()],
    ] as const) {
      const path = join(collections, name);
      await writeFile(path, '[{"email":"ann@example.com"');
      const error = await call().then(
        () => undefined,
        (error) => error,
      );
      expect(error?.message).to.contain(path).and.not.contain("ann@example.com");
      await writeFile(path, name === "users.json" ? "[]" : '{"indexes":[]}');
    }
  });
});
