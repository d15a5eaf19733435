import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import type { Context } from "aws-lambda";
import { expect } from "chai";
import express from "express";
import { z } from "zod";
import { toApiGatewayEvent } from "../../../scripts/aws/api-gateway-event.ts";
import { apiGatewayHandler } from "../../../service/cloud/api-gateway.ts";
import { jsonBody } from "../../../service/platform/body.ts";
import { errorHandler } from "../../../service/platform/error-handler.ts";
import { Metrics } from "../../../service/platform/metrics.ts";
import { requestContext } from "../../../service/platform/request-context.ts";
import { validateBody } from "../../../service/platform/validation.ts";
import { useServer } from "../../support/listen.ts";

const limit = 100 * 1024;
const noLog = { write() {} };

/** An app that takes `{"a": <string>}` and responses with it. */
const app = express()
  .use(requestContext({ log: noLog, clock: Date.now, metrics: new Metrics(Date.now) }))
  .post("/", jsonBody, (request, response) => {
    response.json(validateBody(z.strictObject({ a: z.string("must be a string") }), request.body));
  })
  .use(errorHandler);

type Send = (
  body: string | Uint8Array | undefined,
  headers?: Record<string, string>,
) => Promise<{
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests know the shape of each body
  body: any;
}>;

const json = { "content-type": "application/json" };

describe("A body", () => {
  const port = useServer(createServer(app));

  describe("sent to a server", () => {
    takesAndRefuses(async (body, headers = {}) => {
      const response = await fetch(`http://127.0.0.1:${port()}`, {
        method: "POST",
        headers,
        ...(body !== undefined && { body: body as string }),
      });
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.json() };
    });

    it("is refused by its announced length alone, and the connection closed", async () => {
      const socket = connect(port(), "127.0.0.1").setEncoding("utf8");
      socket.write(
        `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${limit + 1}\r\n\r\n`,
      );
      let response = "";
      socket.on("data", (text) => {
        response += text;
      });
      await once(socket, "end");
      expect(response).to.match(/^HTTP\/1\.1 413 [\s\S]*^Connection: close\r$/m);
      expect(response).to.contain("body-too-large");
    });
  });

  describe("handed to the Lambda function", () => {
    const handler = apiGatewayHandler(app);
    takesAndRefuses(async (body, headers = {}) => {
      const event = toApiGatewayEvent({ method: "POST", path: "/", body, headers });
      const response = await handler(event, {} as Context);
      const values = Object.entries(response.multiValueHeaders ?? {});
      return {
        status: response.statusCode,
        headers: Object.fromEntries(values.map(([name, [value]]) => [name, String(value)])),
        body: JSON.parse(response.body),
      };
    });
  });
});

function takesAndRefuses(send: Send): void {
  it("is taken", async () => {
    expect((await send('{"a":"ä"}', json)).body).to.deep.equal({ a: "ä" });
  });

  for (const charset of ["utf-8", "UTF-8", "utf8", '"UTF8"']) {
    it(`is taken with charset=${charset}`, async () => {
      const { body } = await send('{"a":"ä"}', { "content-type": `application/json; charset=${charset}` });
      expect(body).to.deep.equal({ a: "ä" });
    });
  }

  for (const charset of ["latin1", "utf-16", "utf80", "utf8-x", "utf-7"]) {
    it(`is refused with charset=${charset}`, async () => {
      const { status, body } = await send("{}", { "content-type": `application/json; charset=${charset}` });
      expect(status).to.equal(415);
      expect(body.detail).to.contain("Content-Type");
    });
  }

  for (const headers of [{}, json, { "content-type": "text/plain" }] as Record<string, string>[]) {
    it(`that is missing, of type ${headers["content-type"]}, names what it should hold`, async () => {
      const { status, body } = await send(undefined, headers);
      expect(status).to.equal(422);
      expect(body.errors).to.deep.equal([{ pointer: "/a", detail: "must be a string" }]);
    });
  }

  it("of another type is refused", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "junk"])
      expect((await send('{"a":""}', { "content-type": type })).status, type).to.equal(415);
  });

  it("that is no gzip, although it claims to be, is refused", async () => {
    expect((await send("{}", { ...json, "content-encoding": "gzip" })).status).to.equal(400);
  });

  it("in gzip is taken", async () => {
    const { body } = await send(gzipSync('{"a":"ä"}'), { ...json, "content-encoding": "GZIP" });
    expect(body).to.deep.equal({ a: "ä" });
  });

  for (const compression of ["zstd", "compress", "gzip, br"]) {
    it(`in ${compression} is refused for that`, async () => {
      const response = await send("{}", { ...json, "content-encoding": compression });
      expect(response.status).to.equal(415);
      expect(response.body.type).to.match(/unsupported-content-encoding$/);
      expect(response.body.detail).to.contain("compress").and.not.to.contain("Content-Type");
      expect(response.headers["accept-encoding"]).to.equal("gzip, deflate, br");
    });
  }

  it("of exactly 100 kB is taken", async () => {
    expect((await send(`{"a":"${"a".repeat(limit - 8)}"}`, json)).status).to.equal(200);
  });

  for (const [what, body, headers] of [
    ["", `{"a":"${"a".repeat(limit - 7)}"}`, {}],
    [", unzipped", gzipSync(`{"a":"${"a".repeat(limit - 7)}"}`), { "content-encoding": "gzip" }],
    [" by far", "a".repeat(3_000_000), {}],
  ] as const) {
    it(`over 100 kB${what} is refused`, async () => {
      const response = await send(body, { ...json, ...headers });
      expect(response.status).to.equal(413);
      expect(response.body.type).to.match(/body-too-large$/);
    });
  }

  it("with 12,000 members at fault gets 20 of them, and their number", async () => {
    const members = Array.from({ length: 12_000 }, (_, n) => [n.toString(36), 0]);
    const { status, body } = await send(JSON.stringify(Object.fromEntries(members)), json);
    expect(status).to.equal(422);
    expect(body.errors).to.have.length(20);
    expect(body.detail).to.contain("20 of the 12000 faults");
  });
}
