import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Context } from "aws-lambda";
import { expect } from "chai";
import express from "express";
import fc from "fast-check";
import { toApiGatewayEvent } from "../../../scripts/aws/api-gateway-event.ts";
import { apiGatewayHandler } from "../../../service/cloud/api-gateway.ts";
import { normalizeRequestTarget } from "../../../service/platform/request-target.ts";
import { useService } from "../../support/service.ts";

/** Of a path or a query. `fc.webPath()` takes seconds to build. */
const character = fc.constantFrom(..."azAZ09-._~!$&'()*+,;=:@", "%20", "%2F", "%C3%A9", "%F0%9F%94%92");
const webPath = fc.array(fc.string({ unit: character })).map((segments) => segments.map((each) => `/${each}`).join(""));

describe("The target of a request", () => {
  const service = useService();

  function send(requestLine: string): Promise<string> {
    const socket = connect(Number(new URL(service.url).port), "127.0.0.1").setEncoding("utf8");
    socket.write(`${requestLine} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    return text(socket);
  }

  for (const requestLine of [
    "GET http://[/x",
    "GET http://x:99999/health/live",
    "GET //a@[/x#y",
    "OPTIONS *",
    "GET x://y",
  ]) {
    it(`"${requestLine}" gets a problem, and is logged`, async () => {
      const response = await send(requestLine);
      const id = /^X-Request-Id: (.*)\r$/m.exec(response)?.[1];
      expect(response).to.match(/^HTTP\/1\.1 404 /);
      expect(response).to.contain("https://ecobeat.app/problems/not-found");
      expect(service.lines.at(-1)).to.include({ request_id: id, route: "unmatched", status: 404 });
    });
  }

  for (const target of ["http://x/health/live", "http://x:80/health/live?a=1", "/health/live#a"]) {
    it(`"${target}" is found`, async () => {
      expect(await send(`GET ${target}`)).to.match(/^HTTP\/1\.1 200 /);
    });
  }

  it("reaches the app in Lambda, whatever the path of the event", async () => {
    let reached = 0;
    const app = express().use((_request, response) => {
      reached++;
      response.end();
    });
    const handler = apiGatewayHandler(normalizeRequestTarget(app));
    const paths = fc.oneof(fc.constantFrom("", "*", "//a@[/#\u00a0", "\u00a0"), webPath, fc.string());
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(paths, async (path) => {
        await handler(toApiGatewayEvent({ path }), {} as Context);
        expect(reached).to.equal(++sent);
      }),
    );
  });

  it("stays unchanged if it is a path", () => {
    fc.assert(
      fc.property(webPath, fc.string({ unit: fc.oneof(character, fc.constantFrom("/", "?")) }), (path, query) => {
        const url = `/${path}?${query}`;
        const request = { url };
        normalizeRequestTarget(() => {})(request as never, {} as never);
        expect(request.url).to.equal(url);
      }),
    );
  });
});
