import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect } from "chai";
import { Connection } from "mongodb/lib/cmap/connection.js";
import "../../../service/platform/mongo-closed-sockets.ts";
import { useServer } from "../../support/listen.ts";

describe("A command of the database's driver on a socket that has just been closed", () => {
  const port = useServer(createServer());

  it("fails, where the driver alone would wait forever", async () => {
    const socket = connect(port(), "127.0.0.1");
    await once(socket, "connect");
    const connection = new Connection(socket, { id: 1, generation: 0, hostAddress: {} });
    socket.destroy();
    const error = await connection.command({ db: "admin" }, { hello: 1 }).catch((thrown) => thrown);
    expect(error).to.have.property("name", "MongoNetworkError");
  });
});
