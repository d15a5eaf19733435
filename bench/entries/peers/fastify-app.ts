import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from "fastify";
import { runUntil } from "../../../service/platform/deadline.ts";
import type { ProfileRequest, ProfileWork } from "./profile.ts";

declare module "fastify" {
  interface FastifyRequest {
    profile: ProfileRequest | null;
  }
}

/** Options of {@link createFastifyApp}. */
export interface FastifyOptions {
  work: ProfileWork;
  /** Begins a request with its id and, in Lambda, with the time that is left. */
  begin(request: FastifyRequest): ProfileRequest;
  /** Checks of each request after that of the app's version. */
  check?(request: FastifyRequest): void;
  /** Headers of each response, in addition to those of the work. */
  headers?: [name: string, value: string][];
  /** @default a server of Fastify, which nothing listens to in Lambda */
  serverFactory?: FastifyServerOptions["serverFactory"];
}

/** The route of the profile in Fastify. It serializes by a schema, as its users do for speed. */
export function createFastifyApp({ work, begin, check, headers = [], serverFactory }: FastifyOptions): FastifyInstance {
  const app = fastify({ logger: false, ...(serverFactory && { serverFactory }) });
  const allHeaders = Object.fromEntries([...work.headers, ...headers]);
  app.decorateRequest("profile", null);
  app.addHook("onRequest", (request, reply, done) => {
    const profile = begin(request);
    request.profile = profile;
    reply.headers(allHeaders).header("X-Request-Id", profile.id);
    runUntil(profile.deadline, done);
  });
  app.addHook("onRequest", async (request) => {
    work.requireVersion((name) => request.headers[name] as string | undefined);
    check?.(request);
    await work.authenticate(request.profile!, request.headers.authorization);
  });
  app.addHook("onResponse", (request, reply, done) => {
    work.end(request.profile!, reply.statusCode);
    done();
  });
  const text = { type: "string" };
  const properties = {
    id: text,
    email: text,
    email_verified: { type: "boolean" },
    name: text,
    created_at: text,
    updated_at: text,
  };
  app.get<{ Reply: object }>(
    "/v1/users/me",
    { schema: { response: { 200: { type: "object", properties } } } },
    async (request, reply) => {
      const { tag, profile, isKnown } = await work.read(request.profile!, (name) => request.headers[name] as string);
      reply.header("ETag", tag);
      return isKnown ? reply.code(304).send() : profile;
    },
  );
  return app;
}
