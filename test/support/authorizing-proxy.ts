import { connect, createServer, type Socket } from "node:net";
import { BSON } from "mongodb";
import type { DatabaseUser } from "./database-user.ts";
import { joinSockets } from "./joined-sockets.ts";
import { listen } from "./listen.ts";
import { getOpCode, MessageReader, opCodes, parseSections, toReply } from "./wire-messages.ts";

/** A proxy before the server at `MONGODB_URI`, which has no authentication: it refuses what a user may not do, as MongoDB does. */
export interface AuthorizingProxy {
  /** Connection string of a database through the proxy. */
  uri(database: string): string;
  close(): void;
}

/** @param user of each connection; its privileges may change meanwhile */
export async function authorizingProxy(user: DatabaseUser): Promise<AuthorizingProxy> {
  const { hostname, port } = new URL(process.env.MONGODB_URI!);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: Number(port || 27_017), host: hostname, noDelay: true });
    joinSockets(client, upstream, sockets);
    const reader = new MessageReader();
    client.on("data", (chunk: Buffer) => {
      for (const message of reader.read(chunk)) {
        const answer = getRefusal(user, message);
        if (answer) client.write(toReply(message, BSON.serialize(answer)));
        else upstream.write(message);
      }
    });
    upstream.on("data", (chunk) => client.write(chunk));
  });
  const ownPort = await listen(server);
  return {
    uri: (database) => `mongodb://127.0.0.1:${ownPort}/${database}?directConnection=true`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function getRefusal(user: DatabaseUser, message: Buffer): BSON.Document | undefined {
  if (getOpCode(message) !== opCodes.message) return undefined;
  const { body, sequence } = parseSections(message);
  return user.respond(BSON.deserialize(body), sequence);
}
