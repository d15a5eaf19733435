import { expect } from "chai";
import { openApiDocument } from "../../../service/openapi/document.ts";
import { problems } from "../../../service/platform/problems.ts";
import { expressRoutes } from "../../support/express-routes.ts";
import {
  document,
  documentedOperations,
  documentedProblems,
  examplesIn,
  faults,
  resolve,
} from "../../support/openapi.ts";

describe("The OpenAPI document", () => {
  it("has every route of the app, and no other", async () => {
    const routes = await expressRoutes();
    const documented = documentedOperations.map(
      ({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    );
    expect(documented.sort()).to.deep.equal(routes.sort());
    expect(routes).to.include("DELETE /v1/sessions/:id");
  });

  it("has every problem that the service knows, as an answer or within one", () => {
    const examples =
      JSON.stringify(Object.values(document.paths)) +
      JSON.stringify(documentedOperations.map(documentedProblems));
    const known = Object.values(problems).map((make) => (make as (errors: []) => { type: string })([]).type);
    expect(known.filter((type) => !examples.includes(`"${type}"`))).to.deep.equal([]);
  });

  it("names each operation once", () => {
    const ids = documentedOperations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("has examples that are as it says", () => {
    const contents = documentedOperations.flatMap(({ operationId, requestBody, responses }) =>
      [requestBody, ...Object.values(responses).map((response) => resolve<{ content?: object }>(response))]
        .flatMap((part) => Object.values(part?.content ?? {}))
        .map((content) => ({ operationId, content })),
    );
    const wrong = contents.flatMap(({ operationId, content }) =>
      examplesIn(content).flatMap(([name, value]) =>
        faults(content.schema, value).map((fault) => `${operationId}, ${name}: ${fault}`),
      ),
    );
    expect(wrong).to.deep.equal([]);
    expect(contents.every(({ content }) => examplesIn(content).length > 0)).to.equal(true);
    for (const { schema, example } of Object.values(document.components.headers)) {
      expect(faults(schema, example)).to.deep.equal([]);
    }
  });

  it("is the same each time it is built", () => {
    expect(openApiDocument()).to.deep.equal(openApiDocument());
  });

  it("would be noticed to have a wrong example, or one with a member too many", () => {
    const { Profile } = document.components.schemas;
    const value = {
      id: "8ce9f863-1935-4c1e-a1de-5676ed4d5f6a",
      email: "",
      name: "",
      created_at: "now",
      updated_at: "now",
    };
    expect(faults(Profile!, value)).to.have.length(2);
    expect(faults(document.components.schemas.Liveness!, { status: "up", parts: {} })).to.have.length(1);
  });
});
