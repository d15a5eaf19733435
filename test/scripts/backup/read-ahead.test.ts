import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { MongoServerSelectionError } from "mongodb";
import { compress } from "../../../scripts/backup/dump-format.ts";
import { findRaw, findResumable } from "../../../scripts/backup/raw-documents.ts";
import { createDocuments, useWireDatabase } from "./fixture.ts";

describe("Reading a collection", () => {
  const server = useWireDatabase();

  const getMores = () => server.commands.filter((command) => "getMore" in command).length;
  const waitForGetMores = async (count: number) => {
    while (getMores() < count) await new Promise(setImmediate);
  };
  /** Time for another command to come and go. */
  const roundTrip = () => server.open("other").command({ count: "none" });

  it("requests the next response while one is processed, and no further one", async () => {
    server.put("shop.things", { documents: createDocuments(1_000) });
    const responses = findRaw(server.open("shop"), "things");
    await responses.next();
    await waitForGetMores(1);
    await roundTrip();
    expect(getMores()).to.equal(1);
    await responses.return(undefined);
  });

  it("requests nothing ahead of large documents, which need much memory", async () => {
    const large = createDocuments(8, () => ({ noise: randomBytes(1_000_000) }));
    server.put("shop.things", { documents: large });
    server.intercept = (_name, command) => {
      if ("getMore" in command || "find" in command) command.batchSize = 3;
      return undefined;
    };
    const found: Buffer[] = [];
    let responses = 0;
    for await (const response of findRaw(server.open("shop"), "things")) {
      await roundTrip();
      expect(getMores()).to.equal(responses++);
      for (const each of response) found.push(Buffer.from(each));
    }
    expect(found).to.deep.equal(large);
    expect(responses).to.equal(3);
  });

  it("resumes after the election of a primary", async () => {
    const documents = createDocuments(3);
    server.put("shop.things", { documents });
    const database = server.open("shop");
    const command = database.command.bind(database);
    database.command = (...args) => {
      database.command = command;
      return Promise.reject(new MongoServerSelectionError(`no primary for ${Object.keys(args[0])[0]}`, {} as never));
    };
    const found: Buffer[] = [];
    for await (const response of findResumable(database, "things")) found.push(...response);
    expect(found).to.deep.equal(documents);
  });

  it("waits for no further attempt when it is aborted", async () => {
    const controller = new AbortController();
    let finds = 0;
    server.intercept = (name) => {
      if (name !== "find") return undefined;
      if (++finds === 2) controller.abort();
      return { ok: 0, code: 43, errmsg: "cursor not found" };
    };
    const reading = findResumable(server.open("shop"), "things", controller.signal).next();
    expect(await reading.catch((error) => error)).to.have.property("name", "AbortError");
    expect(finds).to.equal(2);
  });

  it("requests about 1 MiB each time, by the mean size of all documents so far", async () => {
    const size = 10_000;
    server.put("shop.things", { documents: createDocuments(600, () => ({ noise: randomBytes(size) })) });
    for await (const response of findRaw(server.open("shop"), "things")) expect([...response]).not.to.be.empty;
    const batchSizes = server.commands.filter((command) => "getMore" in command).map(({ batchSize }) => batchSize);
    expect(batchSizes).to.have.length.above(2);
    for (const batchSize of batchSizes) expect(batchSize * size).to.be.within(0.9 * 2 ** 20, 1.1 * 2 ** 20);
  });

  it("closes the cursor after the response in flight if reading ends early", async () => {
    server.put("shop.things", { documents: createDocuments(1_000) });
    const names: string[] = [];
    let respond!: () => void;
    const held = new Promise<void>((resolve) => {
      respond = resolve;
    });
    server.intercept = async (name) => {
      names.push(name);
      if (name === "getMore") await held;
      return undefined;
    };
    const responses = findRaw(server.open("shop"), "things");
    await responses.next();
    while (!names.includes("getMore")) await new Promise(setImmediate);
    const closed = responses.return(undefined);
    await roundTrip();
    expect(names).not.to.include("killCursors");
    respond();
    await closed;
    expect(names.filter((name) => name !== "hello")).to.include.members(["getMore", "killCursors"]);
  });

  it("fails at the next response if the request ahead fails", async () => {
    server.put("shop.things", { documents: createDocuments(1_000) });
    let failed!: () => void;
    const failure = new Promise<void>((resolve) => {
      failed = resolve;
    });
    server.intercept = (name) => {
      if (name !== "getMore") return undefined;
      failed();
      return { ok: 0, code: 43, errmsg: "cursor not found" };
    };
    const responses = findRaw(server.open("shop"), "things");
    expect((await responses.next()).done).to.equal(false);
    // The failure is there before the next iteration: unhandled, it would end the process.
    await failure;
    await roundTrip();
    const error = await responses.next().catch((reason: Error) => reason);
    expect(error).to.have.property("message", "cursor not found");
  });
});

describe("Compressing", () => {
  it("requests the next chunk while it compresses one, and no further one", async () => {
    let requests = 0;
    async function* chunks() {
      for (;;) {
        requests += 1;
        yield randomBytes(2_000_000);
      }
    }
    const compressed = compress(chunks());
    // The rest of the first chunk waits for a reader.
    await compressed.next();
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(requests).to.equal(2);
    await compressed.return(undefined);
  });
});
