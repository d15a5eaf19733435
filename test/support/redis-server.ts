import { createServer, type Socket } from "node:net";
import { findLinkScript, putLinkScript } from "../../service/auth/redis-link-store.ts";
import {
  createScript,
  isOpenScript,
  listScript,
  revokeAllScript,
  rotateScript,
} from "../../service/auth/redis-session-scripts.ts";
import { listen } from "./listen.ts";

/** A value of Redis's protocol; an `Error` is an error reply. */
export type RedisValue = string | number | null | Error | readonly RedisValue[];

/** A reply, no reply, half of one, or the end of the connection. */
export type RedisReply = { value: RedisValue } | "silence" | "half" | "drop";

/**
 * A server that speaks Redis's protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/) and stores only links: it gives
 * the replies of a Redis in which each session is open and each rotation succeeds.
 */
export class RedisServer {
  /** Replies to a command, such as `["GET", "key"]`, instead of the server, or returns undefined. */
  intercept: (command: readonly string[]) => RedisReply | undefined = () => undefined;
  /** Whether it keeps what the cache stores, by `key name`. @default the cache is empty at each read */
  caches = false;
  readonly #cached = new Map<string, string>();
  readonly #stored: Stored = { sessions: new Map(), links: new Map() };
  /** How many clients have connected. */
  connections = 0;

  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, (socket) => {
    this.connections += 1;
    this.#sockets.add(socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {}));
    let pending = "";
    socket.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      for (;;) {
        const parsed = parseCommand(pending);
        if (!parsed) return;
        pending = pending.slice(parsed.length);
        const reply = this.intercept(parsed.command) ?? {
          value: this.#cache(parsed.command) ?? respond(parsed.command, this.#stored),
        };
        if (reply === "drop") return void socket.destroy();
        if (reply === "half") return void socket.end("$100\r\nhalf");
        if (reply !== "silence") socket.write(encode(reply.value));
      }
    });
  });
  #port = 0;

  async start(): Promise<void> {
    this.#port = await listen(this.#server);
  }

  /** Replies to a read of the cache with what was stored under this name before. Nothing is invalidated. */
  #cache([, script, , key, name, , , ...rest]: readonly string[]): RedisValue | undefined {
    if (!this.caches || !script?.includes("refill")) return undefined;
    const field = `${key} ${name}`;
    if (!script.includes("'found'")) return void (rest[0] && this.#cached.set(field, rest[0]));
    const value = this.#cached.get(field);
    return value === undefined ? undefined : ["found", value.slice(value.indexOf(" ") + 1)];
  }

  get port(): number {
    return this.#port;
  }

  /** Ends all connections, as a server that goes away. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): void {
    this.disconnect();
    this.#server.close();
  }
}

/** `*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n`; undefined if it is not complete. */
function parseCommand(text: string): { command: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return undefined;
  let position = head[0].length;
  const command: string[] = [];
  while (command.length < Number(head[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(position, position + 20));
    if (!size) return undefined;
    const start = position + size[0].length;
    position = start + Number(size[1]) + 2;
    if (text.length < position) return undefined;
    command.push(text.slice(start, position - 2));
  }
  return { command, length: position };
}

function encode(value: RedisValue): string {
  if (value === null) return "$-1\r\n";
  if (value instanceof Error) return `-${value.message}\r\n`;
  if (typeof value === "number") return `:${value}\r\n`;
  if (typeof value === "string") return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  return `*${value.length}\r\n${value.map(encode).join("")}`;
}

/** What was stored. */
interface Stored {
  /** Ids of all sessions that were created, by the key of their user's. */
  readonly sessions: Map<string, string[]>;
  /** Links by their keys. They do not expire. */
  readonly links: Map<string, string>;
}

/** Replies to the scripts of sessions and links. */
const scripts = new Map<string, (keys: readonly string[], values: readonly string[], stored: Stored) => RedisValue>([
  [
    createScript,
    ([, user], [, id], { sessions }) => {
      sessions.set(user!, [...(sessions.get(user!) ?? []), id!]);
      return 1;
    },
  ],
  [rotateScript, (_keys, [, , generation]) => ["rotated", Number(generation) + 1]],
  [isOpenScript, () => 1],
  [
    listScript,
    ([user], _values, { sessions }) => {
      const ids = sessions.get(user!) ?? [];
      return [ids.length, ...ids.map((id) => [id, "0", "0", "", ""])];
    },
  ],
  [revokeAllScript, () => 1],
  [
    putLinkScript,
    ([key], [link], { links }) => {
      links.set(key!, link!);
      return 1;
    },
  ],
  [findLinkScript, (keys, _values, { links }) => keys.map((key) => links.get(key)).find(Boolean) ?? 0],
]);

function respond([name = "", ...words]: readonly string[], stored: Stored): RedisValue {
  switch (name.toUpperCase()) {
    case "EVAL": {
      const [script = "", keys = "0", ...rest] = words;
      const known = scripts.get(script);
      if (known) return known(rest.slice(0, Number(keys)), rest.slice(Number(keys)), stored);
      // The cache is empty, and so is each window of a rate limit.
      if (script.includes("'INCR'")) return rest.slice(0, Number(keys)).map(() => [1, 1_000]);
      return script.includes("'found'") ? ["missing"] : null;
    }
    case "PING":
      return "PONG";
    case "DEL":
    case "HDEL":
    case "ZREM":
      return 1;
    default:
      return "OK";
  }
}
