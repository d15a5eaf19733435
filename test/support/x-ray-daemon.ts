import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

/**
 * A subsegment that is sent by itself, as far as the service uses it. Any other member fails the test: it may be personal data. https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
const subsegment = z.strictObject({
  type: z.literal("subsegment"),
  name: z.string().regex(/^[\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]{1,200}$/u),
  id: hex(16),
  trace_id: z.string().regex(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/),
  parent_id: hex(16),
  start_time: z.number().positive(),
  end_time: z.number().positive(),
  namespace: z.enum(["aws", "remote"]),
  aws: z.strictObject({ operation: z.string().regex(/^\w+$/), region: z.string() }).optional(),
  // Keys have letters, digits and underscores only, to be found by.
  annotations: z.strictObject({ operation: z.string().regex(/^\w+$/) }).optional(),
  error: z.literal(true).optional(),
  fault: z.literal(true).optional(),
  throttle: z.literal(true).optional(),
});

export type Subsegment = z.infer<typeof subsegment>;

/** A fake of the X-Ray daemon. */
export interface XRayDaemon {
  /** Host and port, as Lambda has them in the environment. */
  address: string;
  /** The next documents, in the order in which they came. Waits for them. */
  next(count: number): Promise<Subsegment[]>;
  close(): void;
}

/** Listens on a free port of this machine, and refuses what the daemon would. */
export async function xRayDaemon(): Promise<XRayDaemon> {
  const socket = createSocket("udp4");
  const received: string[] = [];
  socket.on("message", (datagram) => received.push(datagram.toString()));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");

  const read = (datagram: string): Subsegment => {
    const [header, document, ...others] = datagram.split("\n");
    if (others.length > 0) throw new Error("a datagram has more than a header and a document");
    z.strictObject({ format: z.literal("json"), version: z.literal(1) }).parse(JSON.parse(header!));
    return subsegment.parse(JSON.parse(document!));
  };
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    async next(count) {
      while (received.length < count) await once(socket, "message");
      return received.splice(0, count).map(read);
    },
    close: () => socket.close(),
  };
}
