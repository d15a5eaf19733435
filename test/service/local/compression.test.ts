import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from "node:http";
import { gunzipSync, inflateSync } from "node:zlib";
import { expect } from "chai";
import { minimumCompressedBytes } from "../../../service/contract.ts";
import { withCompression } from "../../../service/local/compression.ts";
import { useServer } from "../../support/listen.ts";

const small = "x".repeat(minimumCompressedBytes - 1);
const large = "é".repeat(minimumCompressedBytes);

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
    method = "GET",
  ): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
    const headers = acceptEncoding === undefined ? {} : { "accept-encoding": acceptEncoding };
    const [response] = await once(
      request({ host: "127.0.0.1", port: port(), path, method, headers, agent: false }).end(),
      "response",
    );
    return { headers: response.headers, body: Buffer.concat(await response.toArray()) };
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

  for (const acceptEncoding of [undefined, "", "*", "identity", "br", "br, gzip;q=0.9", "gzip;q=0", "gzip;q=x"]) {
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
    it(`do not include ${path.slice(1)} ones`, async () => {
      const { headers, body } = await send(path, "gzip");
      expect(headers["content-encoding"]).to.equal(path === "/encoded" ? "br" : undefined);
      expect(headers).not.to.have.property("vary");
      expect(["", small, large, large + large]).to.include(body.toString());
    });
  }

  it("do not exist for HEAD", async () => {
    const { headers, body } = await send("/large", "gzip", "HEAD");
    expect(headers).not.to.have.property("content-encoding");
    expect(body.length).to.equal(0);
  });
});
