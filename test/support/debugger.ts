import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { SourceMap } from "node:module";
import type { Socket } from "node:net";

/** A script in a process that is debugged. */
interface Script {
  scriptId: string;
  url: string;
  sourceMapURL: string;
}

/** Where a process has paused. */
interface Paused {
  callFrames: { callFrameId: string; location: { scriptId: string; lineNumber: number; columnNumber: number } }[];
}

/** A debugger attached to a process of Node.js, as an editor attaches one. */
export interface Debugger extends AsyncDisposable {
  /** Calls a method of the protocol: https://chromedevtools.github.io/devtools-protocol/v8/Debugger */
  call(method: string, parameters?: object): Promise<Record<string, unknown>>;
  /** Sets a breakpoint in a source file, by its URL and line, counted from 0. Its script must be loaded. */
  breakAt(url: string, line: number): Promise<void>;
  /** Waits for a breakpoint. @returns the id of the innermost call, and its line in the source */
  paused(): Promise<{ callFrameId: string; url: string; line: number }>;
}

/** @param url that a process prints for its debugger: `ws://...` */
export async function attachDebugger(url: string): Promise<Debugger> {
  const socket = await openWebSocket(url);
  const scripts = new Map<string, Script>();
  const calls = new Map<number, (result: Record<string, unknown>) => void>();
  const pauses: Paused[] = [];
  let onPause = () => {};
  let lastId = 0;
  readMessages(socket, (text) => {
    const { id, method, params, result, error } = JSON.parse(text);
    if (id !== undefined) calls.get(id)!(result ?? { error });
    else if (method === "Debugger.scriptParsed") scripts.set(params.scriptId, params);
    else if (method === "Debugger.paused") {
      pauses.push(params);
      onPause();
    }
  });
  const call: Debugger["call"] = async (method, params = {}) => {
    const id = ++lastId;
    const answered = new Promise<Record<string, unknown>>((resolve) => calls.set(id, resolve));
    sendMessage(socket, JSON.stringify({ id, method, params }));
    const result = await answered;
    if (result.error) throw new Error(`${method}: ${JSON.stringify(result.error)}`);
    return result;
  };
  await call("Debugger.enable");

  /** The lines of a script in its source, by the positions in the script. */
  async function readMap({ scriptId, sourceMapURL }: Script) {
    const { scriptSource } = (await call("Debugger.getScriptSource", { scriptId })) as { scriptSource: string };
    const json = Buffer.from(sourceMapURL.replace(/^data:application\/json;base64,/, ""), "base64").toString();
    const map = new SourceMap(JSON.parse(json));
    return {
      lines: scriptSource.split("\n"),
      lineAt: (line: number, column: number) => (map.findEntry(line, column) as { originalLine?: number }).originalLine,
    };
  }

  return {
    call,
    async breakAt(url, line) {
      const script = [...scripts.values()].find((each) => each.url === url);
      if (!script) throw new Error(`${url} is not among the scripts of the process`);
      const { lines, lineAt } = await readMap(script);
      for (const [lineNumber, text] of lines.entries()) {
        const columnNumber = Array.from(text).findIndex((_, column) => lineAt(lineNumber, column) === line);
        if (columnNumber === -1) continue;
        await call("Debugger.setBreakpointByUrl", { url, lineNumber, columnNumber });
        return;
      }
      throw new Error(`no code of ${url} is from line ${line}`);
    },
    async paused() {
      if (pauses.length === 0)
        await new Promise<void>((resolve) => {
          onPause = resolve;
        });
      const [{ callFrameId, location }] = pauses.shift()!.callFrames as [Paused["callFrames"][0]];
      const script = scripts.get(location.scriptId)!;
      const { lineAt } = await readMap(script);
      return { callFrameId, url: script.url, line: lineAt(location.lineNumber, location.columnNumber)! };
    },
    async [Symbol.asyncDispose]() {
      const closed = once(socket, "close");
      socket.destroy();
      await closed;
    },
  };
}

async function openWebSocket(url: string): Promise<Socket> {
  const upgrade = request(url.replace(/^ws:/, "http:"), {
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
    },
  });
  upgrade.end();
  const [, socket] = (await once(upgrade, "upgrade")) as [unknown, Socket];
  // The process that is debugged may end first.
  return socket.on("error", () => {});
}

/** RFC 6455, 5.2: one frame, masked as a client's must be. */
function sendMessage(socket: Socket, text: string): void {
  const body = Buffer.from(text);
  const length = Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 0xff]);
  const mask = randomBytes(4);
  socket.write(Buffer.concat([length, mask, body.map((byte, i) => byte ^ mask[i % 4]!)]));
}

/** Node.js sends each message in one frame, and frames without a text only to end. */
function readMessages(socket: Socket, onMessage: (text: string) => void): void {
  let received = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      if (received.length < 2) return;
      const short = received[1]! & 0x7f;
      const start = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (received.length < start) return;
      const length =
        short === 127 ? Number(received.readBigUInt64BE(2)) : short === 126 ? received.readUInt16BE(2) : short;
      if (received.length < start + length) return;
      const isText = (received[0]! & 0x0f) === 1;
      if (isText) onMessage(received.toString("utf8", start, start + length));
      received = received.subarray(start + length);
    }
  });
}
