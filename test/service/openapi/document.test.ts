import { expect } from "chai";
import fc from "fast-check";
import { openApiDocument, operations } from "../../../service/openapi/document.ts";
import { toSchema } from "../../../service/openapi/schemas.ts";
import { problems } from "../../../service/platform/problems.ts";
import { anyText } from "../../support/any-text.ts";
import {
  document,
  documentedOperations,
  documentedProblems,
  examplesIn,
  findFaults,
  resolve,
} from "../../support/openapi.ts";
import { servedRoutes } from "../../support/served-routes.ts";

describe("The OpenAPI document", () => {
  it("has every route of the app, and no other", async () => {
    const served = await servedRoutes();
    const documented = documentedOperations.map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).to.deep.equal(served.sort());
    expect(served).to.include("DELETE /v1/sessions/{id}");
  });

  it("has every problem of the service, as a response or within one", () => {
    const examples =
      JSON.stringify(Object.values(document.paths)) + JSON.stringify(documentedOperations.map(documentedProblems));
    const known = Object.values(problems).map((make) => (make as (errors: []) => { type: string })([]).type);
    expect(known.filter((type) => !examples.includes(`"${type}"`))).to.deep.equal([]);
  });

  it("has valid examples", () => {
    const contents = documentedOperations.flatMap(({ operationId, requestBody, responses }) =>
      [requestBody, ...Object.values(responses).map((response) => resolve<{ content?: object }>(response))]
        .flatMap((part) => Object.values(part?.content ?? {}))
        .map((content) => ({ operationId, content })),
    );
    const wrong = contents.flatMap(({ operationId, content }) =>
      examplesIn(content).flatMap(([name, value]) =>
        findFaults(content.schema, value).map((fault) => `${operationId}, ${name}: ${fault}`),
      ),
    );
    expect(wrong).to.deep.equal([]);
    expect(contents.every(({ content }) => examplesIn(content).length > 0)).to.equal(true);
    for (const { schema, example } of Object.values(document.components.headers)) {
      expect(findFaults(schema, example)).to.deep.equal([]);
    }
  });

  it("rejects no body that the service accepts", () => {
    const bodies = Object.values(operations).flatMap(({ body }) =>
      body
        ? Object.values(body.examples).map((example) => ({
            schema: body.schema,
            documented: toSchema(body.schema) as Record<string, unknown>,
            example,
          }))
        : [],
    );
    const value = fc.oneof(
      anyText(300),
      fc.double({ noNaN: true }),
      fc.constantFrom(
        "ann@münchen.example",
        "seven green bicycles",
        " a name ",
        "walk",
        "2026-05-04T08:30:00+02:00",
        null,
      ),
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.nat(), value, ({ schema, documented, example }, member, replaced) => {
        const names = Object.keys(example as object);
        const body = { ...(example as object), [names[member % names.length]!]: replaced };
        if (!schema.safeParse(body).success) return;
        taken += 1;
        expect(findFaults(documented, body)).to.deep.equal([]);
      }),
      { numRuns: 500 },
    );
    expect(taken).to.be.above(20);
  });

  it("has no example that a tool would fill in where nothing is required", () => {
    const all = documentedOperations.flatMap(({ parameters = [] }) => parameters);
    expect(all.filter(({ required, example }) => required !== (example !== undefined))).to.deep.equal([]);
    expect(all.filter(({ required, schema }) => !required && schema.examples?.length !== 1)).to.deep.equal([]);
  });

  it("is the same at each build", () => {
    expect(openApiDocument()).to.deep.equal(openApiDocument());
  });

  it("detects a wrong example, and one with an extra member", () => {
    const { Profile } = document.components.schemas;
    const value = {
      id: "8ce9f863-1935-4c1e-a1de-5676ed4d5f6a",
      email: "",
      email_verified: false,
      name: "",
      created_at: "now",
      updated_at: "now",
    };
    expect(findFaults(Profile!, value)).to.have.length(2);
    expect(findFaults(document.components.schemas.Liveness!, { status: "up", dependencies: {} })).to.have.length(1);
  });
});
