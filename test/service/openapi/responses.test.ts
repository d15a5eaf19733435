import { once } from "node:events";
import { get } from "node:http";
import { expect } from "chai";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { useEmbeddedDatabase } from "../../support/database-suites.ts";
import {
  document,
  documentedOperations,
  documentedProblems,
  findContradictions,
  findHeaderContradictions,
} from "../../support/openapi.ts";
import { startService } from "../../support/service.ts";
import { errorTriggers, otherMethod, type Services, startServices } from "./error-triggers.ts";
import { notProducibleLocally } from "./not-producible-locally.ts";
import { apiKey, bodyExamples, send, toRequest } from "./requests.ts";

/** Last part of a problem's type. */
const toSlug = (type: string) => type.slice(type.lastIndexOf("/") + 1);

/** Caused by another path than the operation's. */
const problemsOfOtherPaths = ["session-not-found", "activity-not-found"];

describe("Responses of the service match the OpenAPI document", () => {
  let services: Services;
  const database = useEmbeddedDatabase();
  before(async () => {
    await createIndexes(database());
    services = await startServices(database());
  });
  after(() => services.stop());

  for (const operation of documentedOperations) {
    const title = `${operation.method} ${operation.path}`;
    const { responses } = operation;

    for (const [name, example] of bodyExamples(operation)) {
      it(`${title}, to its example: ${name}`, async () => {
        const service = await startService({}, { apiKey });
        const request = await toRequest(service, operation, example, example?.email ? { email: example.email } : {});
        const response = await send(service, operation, request);
        await service.stop();
        expect(String(response.status)).to.equal(Object.keys(responses).find((status) => status.startsWith("2")));
        expect(findContradictions(operation, response)).to.deep.equal([]);
      });
    }

    for (const [status, types] of documentedProblems(operation)) {
      for (const type of types) {
        const slug = toSlug(type);
        if (notProducibleLocally(operation, slug)) continue;
        it(`${title}, ${status} ${slug}`, async () => {
          const known = Object.keys(document.paths[operation.path]!).map((method) => method.toUpperCase());
          const trigger = slug === "method-not-allowed" ? otherMethod(known) : errorTriggers[slug]!;
          const response = await trigger(services, operation);
          expect(response.body.type).to.equal(type);
          if (status !== "default") expect(String(response.status)).to.equal(status);
          expect(response.body.status).to.equal(response.status);
          expect(response.body.instance).to.equal(`urn:request:${response.headers.get("x-request-id")}`);
          expect(findContradictions(operation, response, status)).to.deep.equal([]);
        });
      }
    }
  }

  for (const operation of documentedOperations) {
    it(`${operation.method} ${operation.path}, nothing undocumented for any invalid request`, async () => {
      const documented = documentedProblems(operation).flatMap(([, types]) => types.map(toSlug));
      for (const [slug, trigger] of Object.entries(errorTriggers)) {
        if (documented.includes(slug) || problemsOfOtherPaths.includes(slug)) continue;
        const response = await trigger(services, operation);
        const status = String(response.status);
        const known = status in operation.responses ? status : "default";
        expect(findContradictions(operation, response, known), `${slug}: ${status}`).to.deep.equal([]);
      }
    });
  }

  it("GET /health/ready, 503", async () => {
    const operation = documentedOperations.find(({ operationId }) => operationId === "getReadiness")!;
    const response = await services.unavailable.send("GET", operation.path);
    expect(response.status).to.equal(503);
    expect(findContradictions(operation, response)).to.deep.equal([]);
  });

  for (const operation of documentedOperations.filter(({ responses }) => "304" in responses)) {
    it(`GET ${operation.path}, 304`, async () => {
      const request = await toRequest(services.healthy, operation);
      const etag = (await send(services.healthy, operation, request)).headers.get("etag")!;
      const again = { ...request, headers: { ...request.headers, "if-none-match": etag } };
      const response = await send(services.healthy, operation, again);
      expect(response.status).to.equal(304);
      expect(findContradictions(operation, response)).to.deep.equal([]);
    });
  }

  const reads = documentedOperations.filter(({ method }) => method === "GET");
  for (const operation of reads) {
    const { path, responses } = operation;
    it(`HEAD ${path}, as GET without the body`, async () => {
      const request = await toRequest(services.healthy, operation);
      const response = await send(services.healthy, { method: "HEAD" }, request);
      expect([response.status, response.body]).to.deep.equal([200, ""]);
      expect(findHeaderContradictions(operation, response)).to.deep.equal([]);
    });
    if (!("304" in responses))
      it(`GET ${path}, never 304`, async () => {
        const { path: target, headers, token } = await toRequest(services.healthy, operation);
        // Not with `fetch`, which sends `Cache-Control: no-cache`.
        const request = get(services.healthy.url + target, {
          headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }), "if-none-match": "*" },
        });
        const [response] = await once(request, "response");
        response.resume();
        expect(response.statusCode).to.equal(200);
      });
  }

  it("and a difference is detected: another body, a missing header, an undocumented one", async () => {
    const operation = documentedOperations.find(({ operationId }) => operationId === "login")!;
    const response = await send(services.healthy, operation, await toRequest(services.healthy, operation));
    expect(findContradictions(operation, response)).to.deep.equal([]);
    const headers = new Headers(response.headers);
    headers.delete("ratelimit");
    headers.set("x-new", "1");
    const other = { ...response, headers, body: { ...response.body, token_type: "Other" } };
    expect(findContradictions(operation, other)).to.have.length(3);
  });
});
