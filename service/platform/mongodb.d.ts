/** The members of `Connection` that the package does not declare and the service patches. */
declare module "mongodb/lib/cmap/connection.js" {
  import type { Socket } from "node:net";

  export class Connection {
    constructor(socket: Socket, options: object);
    socket: Socket;
    cleanup(error: Error): void;
    command(namespace: object, command: object): Promise<unknown>;
  }
}
