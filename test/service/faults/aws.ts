import { createServer } from "node:http";
import type { Socket } from "node:net";
import { listen } from "../../support/listen.ts";
import type { FaultSwitch } from "./fault-switch.ts";
import { type FaultyServer, refuseConnections, slowMilliseconds } from "./proxy.ts";

/** A fake of KMS, SSM or SQS. */
export interface AwsService {
  /** Its response to an action. */
  respond(action: string, input: Record<string, unknown>): Record<string, unknown> | Promise<Record<string, unknown>>;
  /** What it answers to any action while it is overloaded. */
  error: { status: number; __type: string };
}

/** Starts a fake of a service of AWS that speaks JSON, save for what the switch says. */
export async function startAwsService({ respond, error }: AwsService, faults: FaultSwitch): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const action = String(request.headers["x-amz-target"]).split(".")[1]!;
    const fault = faults.begin();
    if (fault === "refused") return refuseConnections(server, sockets, faults);
    if (fault === "cut" || fault === "lost reply") return void request.socket.destroy();
    if (fault === "silent") return;
    const input = JSON.parse(Buffer.concat(chunks).toString());
    const isError = fault === "error reply";
    const status = isError ? error.status : 200;
    const text = JSON.stringify(isError ? { __type: error.__type } : await respond(action, input));
    const send = () => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1", "content-length": text.length });
      if (fault !== "half an answer") return void response.end(text);
      response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
    };
    if (fault === "answered after the deadline") faults.hold(send);
    else if (fault === "slow") setTimeout(send, slowMilliseconds);
    else send();
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return {
    port: await listen(server),
    drop: () => server.closeAllConnections(),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
