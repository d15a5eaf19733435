import { createSocket } from "node:dgram";
import { once } from "node:events";

const types = { NS: 2, MX: 15 } as const;
const responseCodes = { SERVFAIL: 2, NXDOMAIN: 3 } as const;

/** The names of a record, `none` if the name has records of other types only, an error, or no response at all. */
export type Records = readonly string[] | keyof typeof responseCodes | "none" | "silent";

/** A DNS server on this machine: https://www.rfc-editor.org/rfc/rfc1035#section-4 */
export async function startDnsServer(): Promise<{
  /** By type and name, such as `NS api.ecobeat.app`. @default NXDOMAIN */
  readonly records: Map<string, Records>;
  readonly address: string;
  readonly stop: () => void;
}> {
  const records = new Map<string, Records>();
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    const found = records.get(`${type} ${name}`) ?? "NXDOMAIN";
    if (found === "silent") return;
    const answers = typeof found === "string" ? [] : found.map((each) => toAnswer(type, each));
    const code = found === "SERVFAIL" || found === "NXDOMAIN" ? responseCodes[found] : 0;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    // A response with recursion.
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { records, address: `127.0.0.1:${socket.address().port}`, stop: () => socket.close() };
}

function readQuestion(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at]! + 1) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
  const type = query.readUInt16BE(at + 1) === types.NS ? ("NS" as const) : ("MX" as const);
  return { name: labels.join("."), type, end: at + 5 };
}

function toAnswer(type: keyof typeof types, name: string): Buffer {
  const labels = name.split(".").filter(Boolean);
  const encoded = Buffer.concat([
    ...labels.map((each) => Buffer.from(`${String.fromCharCode(each.length)}${each}`)),
    Buffer.of(0),
  ]);
  const data = type === "MX" ? Buffer.concat([Buffer.of(0, 10), encoded]) : encoded;
  const head = Buffer.alloc(12);
  // The name is that of the question.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(types[type], 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
