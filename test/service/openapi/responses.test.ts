import { once } from "node:events";
import { get } from "node:http";
import { expect } from "chai";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { embeddedDatabase, type TestDatabase } from "../../support/databases.ts";
import {
  contradictions,
  document,
  documentedOperations,
  documentedProblems,
  headerContradictions,
} from "../../support/openapi.ts";
import { clockFromToday, startService } from "../../support/service.ts";
import { otherMethod, provocations, type Services, startServices } from "./error-triggers.ts";
import { notProducibleLocally } from "./not-producible-locally.ts";
import { apiKey, bodyExamples, requestOf, send } from "./requests.ts";

/** Last part of a problem's type. */
const slugOf = (type: string) => type.slice(type.lastIndexOf("/") + 1);

/** Provoked by another path than the operation's. */
const ofOtherPaths = ["session-not-found", "activity-not-found"];

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
        const request = await requestOf(
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
        expect(contradictions(operation, answer)).to.deep.equal([]);
      });
    }

    for (const [status, types] of documentedProblems(operation)) {
      for (const type of types) {
        const slug = slugOf(type);
        if (notProducibleLocally(operation, slug)) continue;
        it(`${title}, ${status} ${slug}`, async () => {
          const known = Object.keys(document.paths[operation.path]!).map((method) => method.toUpperCase());
          const provoke = slug === "method-not-allowed" ? otherMethod(known) : provocations[slug]!;
          const answer = await provoke(services, operation);
          expect(answer.body.type).to.equal(type);
          if (status !== "default") expect(String(answer.status)).to.equal(status);
          expect(answer.body.status).to.equal(answer.status);
          expect(answer.body.instance).to.equal(`urn:request:${answer.headers.get("x-request-id")}`);
          expect(contradictions(operation, answer, status)).to.deep.equal([]);
        });
      }
    }
  }

  for (const operation of documentedOperations) {
    it(`${operation.method} ${operation.path}, nothing undocumented, whatever is wrong with a request`, async () => {
      const documented = documentedProblems(operation).flatMap(([, types]) => types.map(slugOf));
      for (const [slug, provoke] of Object.entries(provocations)) {
        if (documented.includes(slug) || ofOtherPaths.includes(slug)) continue;
        const answer = await provoke(services, operation);
        const status = String(answer.status);
        const known = status in operation.responses ? status : "default";
        expect(contradictions(operation, answer, known), `${slug}: ${status}`).to.deep.equal([]);
      }
    });
  }

  it("GET /health/ready, 503", async () => {
    const operation = documentedOperations.find(({ operationId }) => operationId === "getReadiness")!;
    const answer = await services.cutOff.send("GET", operation.path);
    expect(answer.status).to.equal(503);
    expect(contradictions(operation, answer)).to.deep.equal([]);
  });

  for (const operation of documentedOperations.filter(({ responses }) => "304" in responses)) {
    it(`GET ${operation.path}, 304`, async () => {
      const request = await requestOf(services.sound, operation);
      const etag = (await send(services.sound, operation, request)).headers.get("etag")!;
      const again = { ...request, headers: { ...request.headers, "if-none-match": etag } };
      const answer = await send(services.sound, operation, again);
      expect(answer.status).to.equal(304);
      expect(contradictions(operation, answer)).to.deep.equal([]);
    });
  }

  const reads = documentedOperations.filter(({ method }) => method === "GET");
  for (const operation of reads) {
    const { path, responses } = operation;
    it(`HEAD ${path}, as GET but for the body`, async () => {
      const request = await requestOf(services.sound, operation);
      const answer = await send(services.sound, { method: "HEAD" }, request);
      expect([answer.status, answer.body]).to.deep.equal([200, ""]);
      expect(headerContradictions(operation, answer)).to.deep.equal([]);
    });
    if (!("304" in responses))
      it(`GET ${path}, never 304`, async () => {
        const { path: target, headers, token } = await requestOf(services.sound, operation);
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
    const answer = await send(services.sound, operation, await requestOf(services.sound, operation));
    expect(contradictions(operation, answer)).to.deep.equal([]);
    const headers = new Headers(answer.headers);
    headers.delete("ratelimit");
    headers.set("x-new", "1");
    const other = { ...answer, headers, body: { ...answer.body, token_type: "Other" } };
    expect(contradictions(operation, other)).to.have.length(3);
  });
});
