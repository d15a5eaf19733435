/** What the package does not declare of its own `Connection`, as far as it is put right here. */
declare module "mongodb/lib/cmap/connection.js" {
  import type { Socket } from "node:net";

  export class Connection {
    constructor(socket: Socket, options: object);
    socket: Socket;
    cleanup(error: Error): void;
    command(namespace: object, command: object): Promise<unknown>;
  }
}
