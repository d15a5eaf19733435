import { createSocket } from "node:dgram";
import dns, { type LookupAddress, type LookupAllOptions } from "node:dns";
import { once } from "node:events";
import type { FaultSwitch } from "./fault-switch.ts";
import { slowMilliseconds } from "./proxy.ts";

const types = { TXT: 16, SRV: 33 } as const;

/** The domain of all names here. */
export const domain = "ecobeat.test";

/** The port of the database, which a name of `mongodb+srv` leads to. */
export interface NameServer {
  databasePort: number;
  stop(): void;
}

/**
 * Answers this thread's questions for names below {@link domain}, save for what the switch says. SRV and TXT records come from a
 * server on this machine; addresses come from a substitute for `getaddrinfo`, which has no setting for its server.
 */
export async function startNameServer(faults: FaultSwitch): Promise<NameServer> {
  let socket = createSocket("udp4");
  const server: NameServer = {
    databasePort: 0,
    stop() {
      socket.close();
      dns.setServers(serversBefore);
      dns.lookup = lookupBefore;
      dns.promises.lookup = promisedBefore;
    },
  };

  const bind = async (port: number) => {
    socket = createSocket("udp4");
    socket.on("message", (query, { port, address }) => respond(query, (answer) => socket.send(answer, port, address)));
    await once(socket.bind(port, "127.0.0.1"), "listening");
  };

  function respond(query: Buffer, send: (answer: Buffer) => unknown): unknown {
    const fault = faults.begin();
    const { port } = socket.address();
    const answer = toAnswer(query, server.databasePort, fault === "error reply");
    switch (fault) {
      case "refused":
        socket.close();
        return faults.onEnd(() => bind(port));
      case "silent":
      case "lost reply":
        return;
      case "half an answer":
        return send(answer.subarray(0, answer.length / 2));
      case "answered after the deadline":
        return faults.hold(() => send(answer));
      case "slow":
        return setTimeout(() => send(answer), slowMilliseconds);
      default:
        return send(answer);
    }
  }

  const serversBefore = dns.getServers();
  const [lookupBefore, promisedBefore] = [dns.lookup, dns.promises.lookup];
  await bind(0);
  dns.setServers([`127.0.0.1:${socket.address().port}`]);
  /** What the C library says of every failure of its servers: https://man7.org/linux/man-pages/man3/gai_strerror.3.html */
  const look = (name: string) =>
    new Promise<LookupAddress>((resolve, reject) => {
      const succeed = () => resolve({ address: "127.0.0.1", family: 4 });
      switch (faults.begin()) {
        case "refused":
        case "error reply":
        case "half an answer":
          return reject(Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), { code: "EAI_AGAIN" }));
        case "silent":
        case "lost reply":
          return;
        case "answered after the deadline":
          return faults.hold(succeed);
        case "slow":
          return void setTimeout(succeed, slowMilliseconds);
        default:
          succeed();
      }
    });
  dns.lookup = ((name: string, options: LookupAllOptions, callback: LookupCallback) => {
    if (!name.endsWith(domain)) return lookupBefore(name, options, callback as never);
    const succeed = (found: LookupAddress) =>
      options.all ? callback(null, [found]) : callback(null, found.address, found.family);
    look(name).then(succeed, callback);
  }) as never;
  // node-redis looks its host up by itself.
  dns.promises.lookup = (async (name: string, options: Partial<LookupAllOptions> = {}) => {
    if (!name.endsWith(domain)) return promisedBefore(name, options as LookupAllOptions);
    const found = await look(name);
    return options.all ? [found] : found;
  }) as never;
  return server;
}

type LookupCallback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/** https://www.rfc-editor.org/rfc/rfc1035#section-4 */
function toAnswer(query: Buffer, databasePort: number, isFailure: boolean): Buffer {
  let end = 12;
  while (query[end] !== 0) end += query[end]! + 1;
  const type = query.readUInt16BE(end + 1);
  end += 5;
  const data = type === types.SRV ? toService(databasePort, `database.${domain}`) : undefined;
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  const serverFailure = 2;
  header.writeUInt16BE(0x8180 | (isFailure ? serverFailure : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(data && !isFailure ? 1 : 0, 6);
  const question = query.subarray(12, end);
  return Buffer.concat(data && !isFailure ? [header, question, toRecord(type, data)] : [header, question]);
}

/** A record of the name in the question. */
function toRecord(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** https://www.rfc-editor.org/rfc/rfc2782 */
function toService(port: number, target: string): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(port, 4);
  const labels = target.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([head, ...labels, Buffer.of(0)]);
}
