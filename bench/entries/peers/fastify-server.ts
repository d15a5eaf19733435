import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import { requireApiKey } from "../../../service/platform/api-key.ts";
import { startLoadService } from "../load-service.ts";
import { reportUsageTo } from "../usage.ts";
import { createFastifyApp } from "./fastify-app.ts";
import { createProfileWork } from "./profile.ts";

/** Fastify on the same backends as the service, whose server, in the same process, registers the users. */
const { url: serviceUrl, config, backends, log, metrics } = await startLoadService(false);
const work = createProfileWork(backends, config, log, metrics);
const checkKey = requireApiKey(config.apiKey);
const app = createFastifyApp({
  work,
  begin: () => work.begin(randomUUID()),
  check({ method, headers }) {
    const get = (name: string) => headers[name];
    checkKey({ method, get } as unknown as Request, {} as Response, (error?: unknown) => {
      if (error) throw error;
    });
  },
  headers: [["Vary", "Origin, Accept-Encoding"]],
});
const url = await app.listen({ host: "127.0.0.1", port: 0 });
reportUsageTo(process, url, serviceUrl);
