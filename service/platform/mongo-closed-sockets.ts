import { Connection } from "mongodb/lib/cmap/connection.js";

/**
 * The driver (7.9.0, `Connection.writeCommand`) may write to a socket that has been closed before it hears of that. It then
 * waits for the socket's `drain`, which never comes, and no timeout ends this wait. When all connections to a server
 * close at once, as in a failover, it is the check whether the server is back that waits: for ever, so that
 * every request is refused until the process ends. Once a connection is known to be closed, whoever waits is told to go
 * on, and finds the reason.
 */
const { cleanup } = Connection.prototype;
Connection.prototype.cleanup = function (error) {
  cleanup.call(this, error);
  this.socket.emit("drain");
};
