import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import { encode, markTag } from "../../../service/local/compression.ts";
import { createHttpServer } from "../../../service/local/http-server.ts";
import { requireApiKey } from "../../../service/platform/api-key.ts";
import { startLoadService } from "../load-service.ts";
import { reportUsageTo } from "../usage.ts";
import { createFastifyApp } from "./fastify-app.ts";
import { createProfileWork } from "./profile.ts";

/**
 * Fastify on the same backends as the service, whose server, in the same process, registers the users. It does what the local server
 * does in addition: it has the same timeouts and ends the same connections when it closes, compresses, and logs who disconnects.
 */
const { url: serviceUrl, config, backends, log, metrics } = await startLoadService(false);
const work = createProfileWork(backends, config, log, metrics);
const checkKey = requireApiKey(config.apiKey);
const app = createFastifyApp({
  work,
  begin: () => work.begin(randomUUID()),
  check({ method, headers }) {
    checkKey({ method, headers } as Request, {} as Response, (error?: unknown) => {
      if (error) throw error;
    });
  },
  headers: [["Vary", "Origin, Accept-Encoding"]],
  serverFactory: (handler) => createHttpServer().on("request", handler),
});
app.addHook("onSend", (request, reply, payload, done) => {
  const encoded = encode(payload, request.headers["accept-encoding"]);
  if (!encoded) return done(null, payload);
  reply
    .header("Content-Encoding", encoded.coding)
    .header("ETag", markTag(String(reply.getHeader("ETag")), encoded.coding));
  done(null, encoded.bytes);
});
app.addHook("onRequestAbort", (request, done) => {
  work.end(request.profile!, 200, true);
  done();
});
const url = await app.listen({ host: "127.0.0.1", port: 0 });
reportUsageTo(process, url, serviceUrl);
