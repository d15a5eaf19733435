import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import {
  close,
  createHttpServer,
  describeListenError,
  listen,
  toListenAddress,
} from "../../../service/local/http-server.ts";

describe("The local HTTP server", () => {
  it("listens at the address after --host before the one in HOST, and at all with --host alone", () => {
    const settings = { host: "::1", port: 3001 };
    expect(toListenAddress(settings)).to.deep.equal(settings);
    expect(toListenAddress(settings, "192.168.1.5")).to.deep.equal({ host: "192.168.1.5", port: 3001 });
    expect(toListenAddress(settings, true)).to.deep.equal({ port: 3001 });
  });

  it("waits 30 s for a request and no longer", () => {
    expect(createHttpServer().requestTimeout).to.equal(30_000);
  });

  it("responds with 408 to a body that never comes, and ends the connection", async () => {
    const server = createHttpServer(300).on("request", (request) => request.resume());
    const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nhalf");
    expect(await text(socket)).to.match(/^HTTP\/1\.1 408 /);
    await close(server, 1_000);
  });

  it("gives an IPv6 address its brackets", async function () {
    const server = createHttpServer();
    const { url, network } = await listen(server, { host: "::1", port: 0 }).catch(() => this.skip());
    expect(url).to.match(/^http:\/\/\[::1\]:\d+$/);
    expect(network).to.deep.equal([]);
    await close(server, 1_000);
  });

  it("says what to do about a port for administrators", () => {
    const error = Object.assign(new Error("listen EACCES: permission denied 127.0.0.1:80"), { code: "EACCES" });
    expect(describeListenError(error, { host: "localhost", port: 80 }))
      .to.contain("port 80")
      .and.contain("1024 or more");
  });
});
