import { BSON } from "mongodb";
import { getOpCode, MessageReader, opCodes, parseSections, toReply } from "../../support/wire-messages.ts";

/** A request, or several that are sent together. */
export interface WireRequest {
  readonly bytes: Buffer;
  /** Whether it belongs to opening a connection, or to watching a server. */
  readonly isHandshake: boolean;
  /** Whether it is the last one of a client that closes, for which no response comes. It may arrive when another process has begun. */
  readonly isFarewell?: boolean;
  /** The bytes with which the server refuses it. */
  refuse(how: "error reply" | "ok: 0"): Buffer;
}

/** What the proxy must know of a protocol. Each function reads one connection, in one direction. */
export interface Protocol {
  requests(): (chunk: Buffer) => Iterable<WireRequest>;
  responses(): (chunk: Buffer) => Iterable<Buffer>;
  /** The response to a write that the driver repeats, if the server has executed it before. */
  recall?(request: WireRequest): Buffer | undefined;
  /** Notes the response to a write that the driver may repeat. */
  remember?(request: WireRequest, response: Buffer): void;
}

/** What a primary that steps down replies, and what Atlas replies when a cluster is busy. The driver repeats commands after the first. */
const mongoErrors = {
  "error reply": {
    ...{ ok: 0, code: 10_107, codeName: "NotWritablePrimary", errmsg: "not primary" },
    // Of servers since 4.4: https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md
    errorLabels: ["RetryableWriteError"],
  },
  "ok: 0": { ok: 0, code: 8_000, codeName: "AtlasError", errmsg: "the cluster is busy" },
};

const handshakes = new Set(["hello", "ismaster", "isMaster", "ping"]);

/**
 * A server of MongoDB executes a write once, however often the driver repeats it, and repeats its reply:
 * https://www.mongodb.com/docs/manual/core/retryable-writes/ Not every server that speaks its protocol does, so the proxy does it.
 */
export function createMongoProtocol(): Protocol {
  const replies = new Map<string, Buffer>();
  const getWrite = ({ bytes, isHandshake }: WireRequest): string | undefined => {
    if (isHandshake) return undefined;
    const { lsid, txnNumber } = BSON.deserialize(parseSections(bytes).body);
    return txnNumber === undefined ? undefined : `${lsid.id.toString("hex")} ${txnNumber}`;
  };
  return {
    requests() {
      const reader = new MessageReader();
      return function* (chunk) {
        for (const bytes of reader.read(chunk)) {
          const isQuery = getOpCode(bytes) === opCodes.query;
          const [name] = isQuery ? ["hello"] : Object.keys(BSON.deserialize(parseSections(bytes).body));
          yield {
            bytes,
            isHandshake: handshakes.has(name!),
            isFarewell: name === "endSessions",
            refuse: (how) => toReply(bytes, BSON.serialize(mongoErrors[how])),
          };
        }
      };
    },
    responses() {
      const reader = new MessageReader();
      return (chunk) => reader.read(chunk);
    },
    recall(request) {
      const reply = replies.get(getWrite(request) ?? "");
      return reply && toReply(request.bytes, parseSections(reply).body);
    },
    remember(request, response) {
      const write = getWrite(request);
      if (write !== undefined) replies.set(write, response);
    },
  };
}

/** Commands with which node-redis opens a connection. */
const opening = /^(HELLO|AUTH|CLIENT|SELECT)$/i;

/** Redis at its limit of memory, and at its limit of connections. */
const redisErrors = {
  command: "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
  handshake: "-ERR max number of clients reached\r\n",
};

/** https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export const redisProtocol: Protocol = {
  requests() {
    let pending = Buffer.alloc(0);
    return function* (chunk) {
      pending = Buffer.concat([pending, chunk]);
      const names: string[] = [];
      let end = 0;
      for (let next = readCommand(pending, 0); next; next = readCommand(pending, end)) {
        names.push(next.name);
        end = next.end;
      }
      if (end === 0) return;
      const bytes = pending.subarray(0, end);
      pending = pending.subarray(end);
      const isHandshake = names.every((name) => opening.test(name));
      const error = isHandshake ? redisErrors.handshake : redisErrors.command;
      yield { bytes, isHandshake, refuse: () => Buffer.from(names.map(() => error).join("")) };
    };
  },
  responses: () => (chunk) => [chunk],
};

/** An array of bulk strings. @returns undefined if it is not complete */
function readCommand(bytes: Buffer, start: number): { name: string; end: number } | undefined {
  const readLine = (at: number) => {
    const end = bytes.indexOf("\r\n", at);
    return end < 0 ? undefined : { value: Number(bytes.toString("latin1", at + 1, end)), end: end + 2 };
  };
  const head = readLine(start);
  if (!head) return undefined;
  let [name, at] = ["", head.end];
  for (let part = 0; part < head.value; part++) {
    const length = readLine(at);
    if (!length || length.end + length.value + 2 > bytes.length) return undefined;
    if (part === 0) name = bytes.toString("latin1", length.end, length.end + length.value);
    at = length.end + length.value + 2;
  }
  return { name, end: at };
}
