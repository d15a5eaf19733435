import { createServer, type Socket } from "node:net";
import { BSON, type Db, MongoClient, type MongoClientOptions } from "mongodb";
import { document, text } from "./bson-bytes.ts";
import { DatabaseUser } from "./database-user.ts";
import { listen } from "./listen.ts";
import { getOpCode, MessageReader, opCodes, parseSections, toMessage, toReply } from "./wire-messages.ts";

/** A collection of {@link WireDatabase}, in BSON. */
export interface WireCollection {
  type: string;
  options: Buffer;
  indexes: Buffer[];
  documents: Buffer[];
}

/** The reply of a server to a command, or the end of the connection, before it or in its middle. */
export type Reply = BSON.Document | "drop" | "half";

/** Replies to a command instead of the server, or returns undefined. `sequence` are the documents that are sent with it. */
export type Intercept = (
  name: string,
  command: BSON.Document,
  connection: object,
  sequence: readonly Buffer[],
) => Reply | undefined | Promise<Reply | undefined>;

/**
 * A server that speaks MongoDB's protocol and keeps documents and definitions as the bytes that came: what it gives back is
 * what was sent. It knows the commands of backups and little of queries: a `find` finds all, or all after an `_id`.
 *
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */
export class WireDatabase {
  /** By database and name, as `database.name`. */
  readonly collections = new Map<string, WireCollection>();
  /** Commands that came, without those of the driver itself. */
  readonly commands: BSON.Document[] = [];
  /** Where `find` says to read, as servers with snapshots do. */
  clusterTime: BSON.Timestamp | undefined;
  /** What `dbStats` tells of all documents, in bytes. @default their size */
  dataSize: number | undefined;
  /** The user of the connections: by default one with the role `readWrite`, as on Atlas. */
  user = new DatabaseUser();
  intercept: Intercept = () => undefined;
  /** Whether it is the primary of a replica set, to which the driver sends a failed write again. */
  isReplicaSet = false;
  /** Whether it is a router of a sharded cluster: as above, and the driver looks for no other servers. */
  isRouter = false;

  readonly #server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  #port = 0;
  readonly #clients: MongoClient[] = [];
  readonly #cursors = new Map<string, { namespace: string; rest: Buffer[] }>();

  async start(): Promise<void> {
    this.#port = await listen(this.#server);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    this.#server.close();
  }

  get uri(): string {
    return `mongodb://127.0.0.1:${this.#port}/?directConnection=true`;
  }

  /** A database of the server, through the driver. */
  open(name: string, options: MongoClientOptions = {}): Db {
    const client = new MongoClient(this.uri, options);
    this.#clients.push(client);
    return client.db(name);
  }

  /** Puts a collection there. */
  put(namespace: string, collection: Partial<WireCollection>): WireCollection {
    const whole = { type: "collection", options: empty, indexes: [idIndex], documents: [], ...collection };
    this.collections.set(namespace, whole);
    return whole;
  }

  #serve(socket: Socket): void {
    const reader = new MessageReader();
    socket.on("error", () => {});
    socket.on("data", async (chunk: Buffer) => {
      for (const message of reader.read(chunk)) {
        const answer = await this.#answer(message, socket);
        if (answer === "drop") return void socket.destroy();
        if (answer === "half")
          return void socket.write(toReply(message, empty).subarray(0, 10), () => socket.destroy());
        socket.write(answer);
      }
    });
  }

  async #answer(message: Buffer, socket: Socket): Promise<Buffer | "drop" | "half"> {
    if (getOpCode(message) === opCodes.query) {
      const head = Buffer.alloc(20);
      head.writeInt32LE(1, 16);
      return toMessage(opCodes.reply, message.readInt32LE(4), [head, BSON.serialize(this.#hello())]);
    }
    const { body, sequence } = parseSections(message);
    const answer = await this.#run(BSON.deserialize(body), body, sequence, socket);
    return typeof answer === "string" ? answer : toReply(message, answer);
  }

  async #run(
    command: BSON.Document,
    body: Buffer,
    sequence: Buffer[],
    socket: Socket,
  ): Promise<Uint8Array | "drop" | "half"> {
    const [name] = Object.keys(command) as [string];
    const intercepted = await this.intercept(name, command, socket, sequence);
    if (intercepted) return typeof intercepted === "string" ? intercepted : BSON.serialize(intercepted);
    if (!(name in defaultReplies)) this.commands.push(command);
    const refused = this.user.respond(command, sequence);
    if (refused) return BSON.serialize(refused);
    const namespace = `${command.$db}.${command[name]}`;
    const collection = this.collections.get(namespace);
    switch (name) {
      case "find": {
        const found = findAfter(collection?.documents ?? [], command.filter);
        return this.#page(namespace, found.slice(0, command.limit), "firstBatch", command);
      }
      case "dbStats": {
        const own = [...this.collections].filter(([namespace]) => namespace.startsWith(`${command.$db}.`));
        const bytes = own.flatMap(([, { documents }]) => documents).reduce((sum, { length }) => sum + length, 0);
        return BSON.serialize({ ok: 1, dataSize: this.dataSize ?? bytes });
      }
      case "getMore": {
        const { namespace, rest } = this.#cursors.get(String(command.getMore))!;
        return this.#page(namespace, rest, "nextBatch", command);
      }
      case "listIndexes":
        return this.#page(namespace, collection!.indexes, "firstBatch", {});
      case "listCollections":
        return this.#page(`${command.$db}.$cmd`, this.#listed(command), "firstBatch", {});
      case "insert":
        (collection ?? this.put(namespace, {})).documents.push(...sequence);
        break;
      case "update":
        this.put(`${command.$db}.${command.update}`, { documents: [Buffer.from(BSON.serialize({ _id: 1 }))] });
        break;
      case "create":
        this.put(namespace, { options: without(body, ["create", "lsid", "$db"]) });
        break;
      case "createIndexes":
        collection!.indexes.push(...values(field(body, "indexes")));
        break;
      case "drop":
        this.collections.delete(namespace);
        break;
      case "aggregate":
        // The only pipeline of backups counts documents.
        return this.#page(
          namespace,
          [Buffer.from(BSON.serialize({ _id: 1, n: collection?.documents.length ?? 0 }))],
          "firstBatch",
          {},
        );
      case "count":
        return BSON.serialize({ ok: 1, n: collection?.documents.length ?? 0 });
      default:
        return BSON.serialize(
          ["hello", "ismaster"].includes(name) ? this.#hello() : (defaultReplies[name] ?? { ok: 1, n: 0 }),
        );
    }
    return BSON.serialize({ ok: 1, n: sequence.length });
  }

  #hello(): BSON.Document {
    if (this.isRouter) return { ...hello, msg: "isdbgrid" };
    const me = `127.0.0.1:${this.#port}`;
    return this.isReplicaSet ? { ...hello, setName: "rs0", hosts: [me], me, primary: me } : hello;
  }

  #listed({ $db, filter }: BSON.Document): Buffer[] {
    return [...this.collections]
      .map(([namespace, collection]) => ({ name: namespace.slice($db.length + 1), namespace, collection }))
      .filter(({ namespace, name }) => namespace.startsWith(`${$db}.`) && (filter?.name ?? name) === name)
      .map(({ name, collection: { type, options } }) =>
        document([
          [0x02, "name", text(name)],
          [0x02, "type", text(type)],
          [0x03, "options", options],
        ]),
      );
  }

  #page(namespace: string, documents: Buffer[], batch: string, { batchSize }: BSON.Document): Buffer {
    const page = takePage(documents, batchSize);
    const rest = documents.slice(page.length);
    const id = rest.length > 0 ? BigInt(this.#cursors.size + 1) : 0n;
    if (id) this.#cursors.set(String(id), { namespace, rest });
    const cursorId = Buffer.alloc(8);
    cursorId.writeBigInt64LE(id);
    const time = Buffer.alloc(8);
    if (this.clusterTime) time.writeBigInt64LE(this.clusterTime.toBigInt());
    const cursor = document([
      [0x12, "id", cursorId],
      [0x02, "ns", text(namespace)],
      [0x04, batch, document(page.map((each, index) => [0x03, String(index), each]))],
      ...(this.clusterTime ? ([[0x11, "atClusterTime", time]] as const) : []),
    ]);
    const ok = Buffer.alloc(8);
    ok.writeDoubleLE(1);
    return document([
      [0x03, "cursor", cursor],
      [0x01, "ok", ok],
    ]);
  }
}

/** The documents after that of the `_id` in `{ $expr: { $gt: ["$_id", { $literal }] } }`. They are in the order in which they were put. */
function findAfter(documents: Buffer[], filter?: BSON.Document): Buffer[] {
  if (!filter?.$expr) return documents;
  const id = BSON.serialize({ _id: filter.$expr.$gt[1].$literal });
  const toId = (document: Buffer) => BSON.serialize({ _id: BSON.deserialize(document)._id });
  return documents.slice(documents.findIndex((each) => Buffer.compare(toId(each), id) === 0) + 1);
}

/** As many documents as were asked for, but no more than 16 MiB of them, and one at least. */
function takePage(documents: Buffer[], batchSize = documents.length): Buffer[] {
  let bytes = 0;
  const end = documents.findIndex((each, index) => {
    bytes += each.length;
    return index > 0 && (index === batchSize || bytes > 16 * 1024 * 1024);
  });
  return end < 0 ? documents : documents.slice(0, end);
}

const hello = {
  isWritablePrimary: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 25,
  logicalSessionTimeoutMinutes: 30,
  readOnly: false,
  ok: 1,
};

/** Replies to commands of no interest. */
const defaultReplies: Record<string, BSON.Document> = {
  hello,
  ismaster: hello,
  ping: { ok: 1 },
  endSessions: { ok: 1 },
  killCursors: { ok: 1 },
  buildInfo: { version: "8.0.0", ok: 1 },
};

const empty = document([]);

/** `{ v: 2, key: { _id: 1 }, name: "_id_" }` */
const idIndex = Buffer.from(BSON.serialize({ v: new BSON.Int32(2), key: { _id: new BSON.Int32(1) }, name: "_id_" }));

/** Each element's key, value and all its bytes, by what the driver's parser says of its length. */
function* elements(bytes: Buffer): Generator<{ key: string; value: Buffer; whole: Buffer }> {
  for (let position = 4; bytes[position] !== 0; ) {
    const keyEnd = bytes.indexOf(0, position + 1);
    const size = valueSize(bytes, bytes[position]!, keyEnd + 1);
    const end = keyEnd + 1 + size;
    yield {
      key: bytes.toString("utf8", position + 1, keyEnd),
      value: bytes.subarray(keyEnd + 1, end),
      whole: bytes.subarray(position, end),
    };
    position = end;
  }
}

/** Of the types that commands have. */
function valueSize(bytes: Buffer, type: number, start: number): number {
  const fixed: Record<number, number> = {
    1: 8,
    6: 0,
    7: 12,
    8: 1,
    9: 8,
    10: 0,
    16: 4,
    17: 8,
    18: 8,
    19: 16,
    127: 0,
    255: 0,
  };
  if (type in fixed) return fixed[type]!;
  const length = bytes.readInt32LE(start);
  if (type === 3 || type === 4) return length;
  if (type === 2) return 4 + length;
  if (type === 5) return 5 + length;
  throw new Error(`this server does not know type ${type} in a command`);
}

const field = (bytes: Buffer, name: string): Buffer => [...elements(bytes)].find(({ key }) => key === name)!.value;

const values = (array: Buffer): Buffer[] => Array.from(elements(array), ({ value }) => value);

function without(bytes: Buffer, keys: string[]): Buffer {
  const kept = [...elements(bytes)].filter(({ key }) => !keys.includes(key)).map(({ whole }) => whole);
  const content = Buffer.concat([Buffer.alloc(4), ...kept, Buffer.alloc(1)]);
  content.writeInt32LE(content.length);
  return content;
}
