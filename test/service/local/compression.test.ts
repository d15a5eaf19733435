import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from "node:http";
import { gunzipSync, inflateSync } from "node:zlib";
import { expect } from "chai";
import { minimumCompressedBytes } from "../../../service/contract.ts";
import { withCompression } from "../../../service/local/compression.ts";
import { useServer } from "../../support/listen.ts";

const small = "x".repeat(minimumCompressedBytes - 1);
const large = "é".repeat(minimumCompressedBytes);

/** As the service makes them, `computeEtag`. */
const tag = '"CcmqAnwNWUUtyVZKE1kJuUcP0Hk"';

const responses: Record<string, RequestListener> = {
  "/small": (_request, response) => response.end(small),
  "/large": (_request, response) => response.end(large),
  "/bytes": (_request, response) => response.end(Buffer.from(large)),
  "/varying": (_request, response) => {
    response.setHeader("Vary", "Origin");
    response.setHeader("Content-Length", Buffer.byteLength(large));
    response.end(large);
  },
  "/empty": (_request, response) => response.writeHead(304).end(),
  "/tagged": (incoming, response) => {
    const { "if-none-match": known, "if-match": expected } = incoming.headers;
    if (expected !== undefined && expected !== tag) return response.writeHead(412).end(expected);
    response.setHeader("ETag", tag);
    return known?.split(", ").includes(tag) ? response.writeHead(304).end() : response.end(large);
  },
  "/weak": (_request, response) => {
    response.setHeader("ETag", `W/${tag}`);
    response.end(large);
  },
  "/encoded": (_request, response) => {
    response.setHeader("Content-Encoding", "br");
    response.end(large);
  },
  "/stream": (_request, response) => {
    response.write(large);
    response.end(large);
  },
};

describe("Compressed responses", () => {
  const port = useServer(
    createServer(withCompression((incoming, response) => responses[incoming.url!]!(incoming, response))),
  );

  /** Sends a request without the headers that `fetch` adds, and without its decompression. */
  async function send(
    path: string,
    acceptEncoding?: string,
    { method = "GET", ...more }: { method?: string } & Record<string, string> = {},
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
    const headers = { ...(acceptEncoding !== undefined && { "accept-encoding": acceptEncoding }), ...more };
    const [response] = await once(
      request({ host: "127.0.0.1", port: port(), path, method, headers, agent: false }).end(),
      "response",
    );
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(await response.toArray()) };
  }

  for (const [acceptEncoding, coding, unpack] of [
    ["gzip", "gzip", gunzipSync],
    ["deflate", "deflate", inflateSync],
    ["gzip, deflate, br", "gzip", gunzipSync],
    ["gzip;q=0.5, deflate;q=0.8", "deflate", inflateSync],
    ["GZIP; Q=1.0, *;q=0", "gzip", gunzipSync],
  ] as const) {
    it(`use ${coding} for clients that accept ${acceptEncoding}`, async () => {
      for (const path of ["/large", "/bytes"]) {
        const { headers, body } = await send(path, acceptEncoding);
        expect(headers["content-encoding"]).to.equal(coding);
        expect(headers["content-length"]).to.equal(`${body.length}`);
        expect(headers.vary).to.equal("Accept-Encoding");
        expect(unpack(body).toString()).to.equal(large);
      }
    });
  }

  for (const acceptEncoding of [
    undefined,
    "",
    "*",
    "identity",
    "br",
    "br, gzip;q=0.9",
    "gzip;q=0",
    "gzip;q=x",
    "constructor",
  ]) {
    it(`stay uncompressed for clients that accept ${acceptEncoding ?? "anything"}, with the header Vary`, async () => {
      const { headers, body } = await send("/large", acceptEncoding);
      expect(headers).not.to.have.property("content-encoding");
      expect(headers.vary).to.equal("Accept-Encoding");
      expect(body.toString()).to.equal(large);
    });
  }

  it("extend `Vary`, and correct the length", async () => {
    const { headers, body } = await send("/varying", "gzip");
    expect(headers.vary).to.equal("Origin, Accept-Encoding");
    expect(gunzipSync(body).toString()).to.equal(large);
  });

  for (const path of ["/small", "/empty", "/encoded", "/stream"]) {
    it(`do not include ${path.slice(1)} ones, which have the header Vary all the same`, async () => {
      const { headers, body } = await send(path, "gzip");
      expect(headers["content-encoding"]).to.equal(path === "/encoded" ? "br" : undefined);
      expect(headers.vary).to.equal("Accept-Encoding");
      expect(["", small, large, large + large]).to.include(body.toString());
    });
  }

  it("have for HEAD the headers that they have for GET", async () => {
    for (const path of ["/large", "/tagged"]) {
      const [get, head] = [await send(path, "gzip"), await send(path, "gzip", { method: "HEAD" })];
      const without = ({ date: _, ...headers }: IncomingHttpHeaders) => headers;
      expect(get.headers["content-encoding"]).to.equal("gzip");
      expect(without(head.headers)).to.deep.equal(without(get.headers));
      expect(head.body.length).to.equal(0);
    }
  });

  it("have entity tags of their own", async () => {
    const tags = [];
    for (const coding of [undefined, "gzip", "deflate"]) tags.push((await send("/tagged", coding)).headers.etag);
    expect(tags[0]).to.equal(tag);
    expect(new Set(tags).size).to.equal(3);
    for (const each of tags) expect(each).to.match(/^"[\x21\x23-\x7e]+"$/);
    expect((await send("/weak", "gzip")).headers.etag).to.equal(`W/${tag}`);
  });

  for (const coding of ["identity", "gzip", "deflate"]) {
    it(`are known by the tag as it was sent in ${coding}, and 304 has that tag and Vary`, async () => {
      const etag = (await send("/tagged", coding)).headers.etag!;
      for (const known of [etag, `"another", ${etag}`]) {
        const { status, headers } = await send("/tagged", coding, { "if-none-match": known });
        expect([status, headers.etag, headers.vary]).to.deep.equal([304, etag, "Accept-Encoding"]);
      }
      expect((await send("/tagged", coding, { "if-match": etag })).status).to.equal(200);
      expect((await send("/tagged", coding, { "if-match": '"another"' })).status).to.equal(412);
    });
  }

  it("are known by the tag of another encoding", async () => {
    const { etag } = (await send("/tagged", "gzip")).headers;
    const { status, headers } = await send("/tagged", undefined, { "if-none-match": etag! });
    expect([status, headers.etag]).to.deep.equal([304, etag]);
  });
});
