import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Context } from "aws-lambda";
import { expect } from "chai";
import express from "express";
import { toApiGatewayEvent } from "../../../scripts/aws/api-gateway-event.ts";
import { apiGatewayHandler } from "../../../service/cloud/api-gateway.ts";
import { createHttpServer, listen } from "../../../service/local/http-server.ts";
import { adoptPrototypes } from "../../../service/platform/prototypes.ts";

/** How many requests and responses got another prototype during the work. */
async function countReplacements(work: () => Promise<unknown>): Promise<number> {
  const { setPrototypeOf } = Object;
  let replaced = 0;
  Object.setPrototypeOf = (object, prototype) => {
    const isMessage = object instanceof IncomingMessage || object instanceof ServerResponse;
    // Those of classes are changed once.
    if (isMessage && !Object.hasOwn(object, "constructor") && Object.getPrototypeOf(object) !== prototype) replaced++;
    return setPrototypeOf(object, prototype);
  };
  try {
    await work();
  } finally {
    Object.setPrototypeOf = setPrototypeOf;
  }
  return replaced;
}

/** An app that answers with what only requests of Express know. */
function createApp(name: string) {
  const app = express().set("name", name);
  app.get("/", (request, response) => {
    response.json({
      app: request.app.get("name"),
      ofResponse: response.app.get("name"),
      accept: request.get("accept"),
    });
  });
  return app;
}

const expected = (app: string) => ({ app, ofResponse: app, accept: "application/json" });

describe("The prototypes of requests and responses", () => {
  it("are those of the app on the local server, of which several run in one process", async () => {
    const servers = await Promise.all(
      ["a", "b"].map(async (name) => {
        const app = createApp(name);
        const adopt = adoptPrototypes(app);
        const server = createHttpServer().on("request", (request, response) => {
          adopt(request, response);
          app(request as express.Request, response as express.Response);
        });
        return { name, server, ...(await listen(server, { host: "127.0.0.1", port: 0 })) };
      }),
    );
    try {
      const read = async (url: string) => (await fetch(url, { headers: { Accept: "application/json" } })).json();
      const readAll = async () => {
        for (const { name, url } of servers) expect(await read(url)).to.deep.equal(expected(name));
      };
      expect(await countReplacements(readAll)).to.equal(0);
      expect(await countReplacements(readAll)).to.equal(0);
    } finally {
      for (const { server } of servers) server.close();
    }
  });

  it("are those of the app in Lambda, whose adapter gives each request its address", async () => {
    const app = createApp("lambda");
    app.get("/address", (request, response) => void response.json(request.ip));
    const adopt = adoptPrototypes(app);
    const handler = apiGatewayHandler((request, response) => {
      adopt(request, response);
      return app(request as express.Request, response as express.Response);
    });
    const call = async (path: string) => {
      const event = toApiGatewayEvent({ path, headers: { Accept: "application/json" } });
      return JSON.parse((await handler(event, {} as Context)).body);
    };
    const callAll = async () => {
      expect(await call("/")).to.deep.equal(expected("lambda"));
      expect(await call("/address")).to.equal(toApiGatewayEvent({ path: "/" }).requestContext.identity.sourceIp);
    };
    expect(await countReplacements(callAll)).to.equal(0);
    expect(await countReplacements(callAll)).to.equal(0);
  });

  it("have the members of Express, next to their own, and extend those of Node.js directly", () => {
    class OwnRequest extends IncomingMessage {
      get(name: string) {
        return `own ${name}`;
      }
    }
    class OwnResponse extends ServerResponse {}
    const app = createApp("a");
    const request = new OwnRequest(new Socket());
    const response = new OwnResponse(request);
    adoptPrototypes(app)(request, response);
    expect([app.request, app.response]).to.deep.equal([OwnRequest.prototype, OwnResponse.prototype]);
    expect(Object.getPrototypeOf(app.request)).to.equal(IncomingMessage.prototype);
    expect(Object.getPrototypeOf(app.response)).to.equal(ServerResponse.prototype);
    for (const [adopted, of] of [
      [OwnRequest.prototype, express.request],
      [OwnResponse.prototype, express.response],
    ] as const) {
      const members = Object.entries(Object.getOwnPropertyDescriptors(of)).filter(
        ([name]) => name !== "get" || adopted === OwnResponse.prototype,
      );
      expect(members.length).to.be.above(10);
      for (const [name, member] of members) {
        expect(Object.getOwnPropertyDescriptor(adopted, name), name).to.deep.equal(member);
      }
    }
    expect(request.get("host")).to.equal("own host");
    expect((request as unknown as express.Request).app).to.equal(app);
  });

  it("are replaced for each app where several share the classes of Node.js", async () => {
    const app = createApp("a");
    const server = createHttpServer().on("request", app as never);
    const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
    try {
      expect(await countReplacements(() => fetch(url))).to.equal(2);
    } finally {
      server.close();
    }
  });
});
