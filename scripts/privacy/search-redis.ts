import { createClient, RESP_TYPES } from "@redis/client";
import { keyMap, type MappedKey } from "../../service/data-map.ts";
import { redactText } from "../../service/platform/redaction.ts";
import { tlsFloor } from "../../service/platform/tls.ts";
import { OperatorError } from "../cli/errors.ts";
import type { Progress } from "../cli/progress.ts";
import type { IdSearch } from "./id-search.ts";
import type { Finding } from "./search-database.ts";

/** What a search has found in Redis. */
export interface KeySearch {
  readonly keys: number;
  readonly findings: readonly Finding[];
}

/** Keys per command, and values of a key. */
const pageSize = "500";

type Send = (...command: (string | Buffer)[]) => Promise<unknown>;

/**
 * Searches the names and the values of all keys, also of those that the data map does not have. It only reads, and one page at a time.
 * @throws {OperatorError} if Redis does not respond, or does not let the user list keys
 */
export async function searchRedis(url: string, search: IdSearch, progress: Progress): Promise<KeySearch> {
  const socket = {
    reconnectStrategy: false,
    connectTimeout: 10_000,
    ...(url.startsWith("rediss:") && tlsFloor),
  } as const;
  const client = createClient({ url, socket });
  // Without a listener, the process would end; the command in progress fails too.
  client.on("error", () => {});
  try {
    await client.connect();
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    return await searchKeys((...command) => bytes.sendCommand(command), search, progress);
  } catch (error) {
    throw new OperatorError("redis-search-failed", {
      what: "Redis could not be searched.",
      why: `${redactText((error as Error).message.replaceAll(url, "[value]"))}.`,
      action: "Set REDIS_URL to a server that responds, and to a user that may use SCAN and read all keys.",
      cause: error,
    });
  } finally {
    if (client.isOpen) client.destroy();
  }
}

async function searchKeys(send: Send, search: IdSearch, progress: Progress): Promise<KeySearch> {
  progress.begin("search", Number(await send("DBSIZE")), "keys");
  const findings = new Map<string, Finding>();
  let keys = 0;
  for await (const page of scan(send, "SCAN")) {
    const where = await Promise.all(
      page.map(async (key) => {
        if (search.isIn(key)) return describeKey(send, key, search);
        return (await isInValue(send, key, search)) ? `${await describeKey(send, key, search)} (value)` : undefined;
      }),
    );
    for (const each of where) {
      if (each === undefined) continue;
      const finding = findings.get(each);
      if (finding) finding.count += 1;
      else findings.set(each, { where: each, count: 1 });
    }
    keys += page.length;
    progress.advance(page.length);
  }
  progress.finish("Redis", keys);
  return { keys, findings: [...findings.values()] };
}

/** The kind of a key, and whether it stays for longer than the data map says. */
async function describeKey(send: Send, key: Buffer, search: IdSearch): Promise<string> {
  const kind = toKind(key, search);
  const entry = (keyMap as Readonly<Record<string, MappedKey>>)[kind];
  if (!entry) return kind;
  const remaining = Number(await send("PTTL", key));
  // -1 without an expiry, -2 if it has expired meanwhile.
  return remaining === -1 || remaining > entry.expirySeconds * 1000 ? `${kind} (expires late or never)` : kind;
}

async function isInValue(send: Send, key: Buffer, search: IdSearch): Promise<boolean> {
  for await (const page of readValue(send, key)) if (page.some((each) => search.isIn(each))) return true;
  return false;
}

/** The parts of a value; of none, if the key has expired. */
async function* readValue(send: Send, key: Buffer): AsyncGenerator<Buffer[]> {
  const type = String(await send("TYPE", key));
  if (type === "string") {
    const value = await send("GET", key);
    yield value === null ? [] : [value as Buffer];
  } else if (type === "list") {
    for (let start = 0; ; start += Number(pageSize)) {
      const page = (await send("LRANGE", key, String(start), String(start + Number(pageSize) - 1))) as Buffer[];
      if (page.length === 0) return;
      yield page;
    }
  } else if (type === "stream") {
    for (let start = "-"; ; ) {
      const page = (await send("XRANGE", key, start, "+", "COUNT", pageSize)) as [id: Buffer, fields: Buffer[]][];
      if (page.length === 0) return;
      yield page.flatMap(([, fields]) => fields);
      start = `(${page.at(-1)![0]}`;
    }
  } else if (type === "hash") yield* scan(send, "HSCAN", key);
  else if (type === "set") yield* scan(send, "SSCAN", key);
  else if (type === "zset") yield* scan(send, "ZSCAN", key);
  else if (type !== "none") throw new Error(`a key has the type ${type}, which this command cannot read`);
}

/** The pages of a cursor. */
async function* scan(send: Send, ...command: (string | Buffer)[]): AsyncGenerator<Buffer[]> {
  let cursor = "0";
  do {
    const reply = (await send(...command, cursor, "COUNT", pageSize)) as [cursor: Buffer, items: Buffer[]];
    cursor = String(reply[0]);
    yield reply[1];
  } while (cursor !== "0");
}

/** The kind of a key, as in the data map. Of another key, each part is a name without personal data. */
function toKind(key: Buffer, search: IdSearch): string {
  const text = key.toString();
  const known = Object.keys(keyMap).find((kind) => toPattern(kind).test(text));
  return known ?? text.replaceAll(/[^:{}]+/g, (part) => search.toName(part));
}

/** After any prefix. The id of another user, or of a session, is any text without a colon. */
const toPattern = (kind: string): RegExp =>
  new RegExp(`^[^{]*${kind.replaceAll(/[{}]/g, "\\$&").replaceAll(/[A-Z]{2,}/g, "[^:{}]+")}$`);
