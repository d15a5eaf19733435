import { once } from "node:events";
import { createServer, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { forwardTo } from "../../../scripts/drill/gateway.ts";

describe("The fake API Gateway", () => {
  const servers: Server[] = [];
  const listen = async (listener: RequestListener) => {
    const server = createServer(listener).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  /** A gateway with low limits in front of a function, which it waits for as long as API Gateway. */
  const startGateway = async (fn: RequestListener, integrationTimeoutMs = 29_000) =>
    listen(forwardTo(await listen(fn), { requestBytes: 100, responseBytes: 100, integrationTimeoutMs }));
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("renames the headers that API Gateway renames, and leaves all others, repeated ones included", async () => {
    const gateway = await startGateway((_request, response) =>
      response
        .writeHead(401, [
          ...["WWW-Authenticate", "Bearer", "Server", "ecobeat", "Warning", "199 - old"],
          ...["Retry-After", "5", "Set-Cookie", "a=1", "Set-Cookie", "b=2"],
        ])
        .end("{}"),
    );
    const response = await fetch(gateway);
    expect([response.status, await response.text()]).to.deep.equal([401, "{}"]);
    const names = ["www-authenticate", "server", "warning"];
    expect(names.map((name) => response.headers.get(name))).to.deep.equal([null, null, null]);
    expect(names.map((name) => response.headers.get(`x-amzn-remapped-${name}`))).to.deep.equal([
      "Bearer",
      "ecobeat",
      "199 - old",
    ]);
    expect(response.headers.get("retry-after")).to.equal("5");
    expect(response.headers.getSetCookie()).to.deep.equal(["a=1", "b=2"]);
  });

  it("forwards path, query, headers and body as they are", async () => {
    const gateway = await startGateway(async (incoming, response) => {
      const body = await buffer(incoming);
      response.end(JSON.stringify([incoming.method, incoming.url, incoming.headers["x-a"], body.toString("hex")]));
    });
    const outgoing = request(gateway, { method: "PUT", path: "//x/%2e?b=1&b=2", headers: { "x-a": ["1", "2"] } });
    outgoing.end(Buffer.from([0, 255]));
    const [incoming] = await once(outgoing, "response");
    expect(JSON.parse((await buffer(incoming)).toString())).to.deep.equal(["PUT", "//x/%2e?b=1&b=2", "1, 2", "00ff"]);
  });

  it("refuses too large requests with 413 before the function, and too large responses with 502", async () => {
    let calls = 0;
    const gateway = await startGateway((_request, response) => {
      calls += 1;
      response.end("x".repeat(101));
    });
    expect((await fetch(gateway, { method: "POST", body: "x".repeat(101) })).status).to.equal(413);
    expect(calls).to.equal(0);
    expect((await fetch(gateway)).status).to.equal(502);
    expect(calls).to.equal(1);
  });

  it("returns 504 when the function does not respond in time, and 502 when it fails", async () => {
    expect((await fetch(await startGateway(() => {}, 200))).status).to.equal(504);
    expect((await fetch(await startGateway((_request, response) => response.destroy()))).status).to.equal(502);
    const half = await startGateway((_request, response) => {
      response.writeHead(200, { "content-length": 10 }).write("half");
      response.destroy();
    });
    expect((await fetch(half)).status).to.equal(502);
  });
});
