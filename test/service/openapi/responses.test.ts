import { once } from "node:events";
import { get } from "node:http";
import { expect } from "chai";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { embeddedDatabase, type TestDatabase } from "../../support/databases.ts";
import {
  document,
  documentedOperations,
  documentedProblems,
  findContradictions,
  findHeaderContradictions,
} from "../../support/openapi.ts";
import { clockFromToday, startService } from "../../support/service.ts";
import { errorTriggers, otherMethod, type Services, startServices } from "./error-triggers.ts";
import { notProducibleLocally } from "./not-producible-locally.ts";
import { apiKey, bodyExamples, send, toRequest } from "./requests.ts";

/** Last part of a problem's type. */
const toSlug = (type: string) => type.slice(type.lastIndexOf("/") + 1);

/** Provoked by another path than the operation's. */
const problemsOfOtherPaths = ["session-not-found", "activity-not-found"];

describe("The service answers as the OpenAPI document says", () => {
  let services: Services;
  let current: TestDatabase;
  before(async () => {
    current = await embeddedDatabase();
    await createIndexes(current.database);
    services = await startServices(current.database);
  });
  after(async () => {
    await services.stop();
    await current.remove();
  });

  for (const operation of documentedOperations) {
    const title = `${operation.method} ${operation.path}`;
    const { responses } = operation;

    for (const [name, example] of bodyExamples(operation)) {
      it(`${title}, to its example: ${name}`, async () => {
        const service = await startService({}, { apiKey }, clockFromToday);
        const request = await toRequest(
          service,
          operation,
          example,
          example?.email ? { email: example.email } : {},
        );
        const answer = await send(service, operation, request);
        await service.stop();
        expect(String(answer.status)).to.equal(
          Object.keys(responses).find((status) => status.startsWith("2")),
        );
        expect(findContradictions(operation, answer)).to.deep.equal([]);
      });
    }

    for (const [status, types] of documentedProblems(operation)) {
      for (const type of types) {
        const slug = toSlug(type);
        if (notProducibleLocally(operation, slug)) continue;
        it(`${title}, ${status} ${slug}`, async () => {
          const known = Object.keys(document.paths[operation.path]!).map((method) => method.toUpperCase());
          const provoke = slug === "method-not-allowed" ? otherMethod(known) : errorTriggers[slug]!;
          const answer = await provoke(services, operation);
          expect(answer.body.type).to.equal(type);
          if (status !== "default") expect(String(answer.status)).to.equal(status);
          expect(answer.body.status).to.equal(answer.status);
          expect(answer.body.instance).to.equal(`urn:request:${answer.headers.get("x-request-id")}`);
          expect(findContradictions(operation, answer, status)).to.deep.equal([]);
        });
      }
    }
  }

  for (const operation of documentedOperations) {
    it(`${operation.method} ${operation.path}, nothing undocumented, whatever is wrong with a request`, async () => {
      const documented = documentedProblems(operation).flatMap(([, types]) => types.map(toSlug));
      for (const [slug, provoke] of Object.entries(errorTriggers)) {
        if (documented.includes(slug) || problemsOfOtherPaths.includes(slug)) continue;
        const answer = await provoke(services, operation);
        const status = String(answer.status);
        const known = status in operation.responses ? status : "default";
        expect(findContradictions(operation, answer, known), `${slug}: ${status}`).to.deep.equal([]);
      }
    });
  }

  it("GET /health/ready, 503", async () => {
    const operation = documentedOperations.find(({ operationId }) => operationId === "getReadiness")!;
    const answer = await services.cutOff.send("GET", operation.path);
    expect(answer.status).to.equal(503);
    expect(findContradictions(operation, answer)).to.deep.equal([]);
  });

  for (const operation of documentedOperations.filter(({ responses }) => "304" in responses)) {
    it(`GET ${operation.path}, 304`, async () => {
      const request = await toRequest(services.sound, operation);
      const etag = (await send(services.sound, operation, request)).headers.get("etag")!;
      const again = { ...request, headers: { ...request.headers, "if-none-match": etag } };
      const answer = await send(services.sound, operation, again);
      expect(answer.status).to.equal(304);
      expect(findContradictions(operation, answer)).to.deep.equal([]);
    });
  }

  const reads = documentedOperations.filter(({ method }) => method === "GET");
  for (const operation of reads) {
    const { path, responses } = operation;
    it(`HEAD ${path}, as GET but for the body`, async () => {
      const request = await toRequest(services.sound, operation);
      const answer = await send(services.sound, { method: "HEAD" }, request);
      expect([answer.status, answer.body]).to.deep.equal([200, ""]);
      expect(findHeaderContradictions(operation, answer)).to.deep.equal([]);
    });
    if (!("304" in responses))
      it(`GET ${path}, never 304`, async () => {
        const { path: target, headers, token } = await toRequest(services.sound, operation);
        // Not by `fetch`: it asks not to be told so.
        const asked = get(services.sound.url + target, {
          headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }), "if-none-match": "*" },
        });
        const [answer] = await once(asked, "response");
        answer.resume();
        expect(answer.statusCode).to.equal(200);
      });
  }

  it("and would be noticed not to: another body, a header that is missing, one that nobody speaks of", async () => {
    const operation = documentedOperations.find(({ operationId }) => operationId === "login")!;
    const answer = await send(services.sound, operation, await toRequest(services.sound, operation));
    expect(findContradictions(operation, answer)).to.deep.equal([]);
    const headers = new Headers(answer.headers);
    headers.delete("ratelimit");
    headers.set("x-new", "1");
    const other = { ...answer, headers, body: { ...answer.body, token_type: "Other" } };
    expect(findContradictions(operation, other)).to.have.length(3);
  });
});
