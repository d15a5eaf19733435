import { Connection } from "mongodb/lib/cmap/connection.js";

/**
 * The driver (7.9.0, `Connection.writeCommand`) may write to a socket that is closed before the driver knows. It then waits for
 * the socket's `drain`, which never comes, and no timeout ends this wait. When all connections to a server close at the same time, as
 * in a failover, the server monitor itself waits forever, so that every request fails until the process ends. This patch emits
 * `drain` when a connection closes: the waiting write continues, and finds the error.
 */
const { cleanup } = Connection.prototype;
Connection.prototype.cleanup = function (error) {
  cleanup.call(this, error);
  this.socket.emit("drain");
};
