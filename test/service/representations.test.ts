import { createHash } from "node:crypto";
import { expect } from "chai";
import { computeEtag, representations } from "../../service/platform/entity-tag.ts";
import { documentedOperations, resolve } from "../support/openapi.ts";
import { useService } from "../support/service.ts";

/**
 * Each number of each representation, with the hash of its schema. A row is added with each change of a schema; none is ever changed.
 */
const numbers: Record<keyof typeof representations, Record<number, string>> = {
  "GET /v1/users/me": { 1: "06b61306fa927cff" },
  "GET /v1/activities/{id}": { 1: "9aaf14824db3916a" },
  "GET /v1/sessions": { 1: "fbcccc54cebeac6a" },
};

/** What a client can see of a schema, in an order of its own. */
function toVisible(part: unknown, isSchema = true): unknown {
  if (Array.isArray(part)) return part.map((each) => toVisible(each));
  if (typeof part !== "object" || part === null) return part;
  if ("$ref" in part) return toVisible(resolve(part));
  return Object.entries(part)
    .filter(([name]) => !isSchema || !["description", "examples"].includes(name))
    .map(([name, value]) => [name, toVisible(value, name !== "properties")] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

const toHash = (schema: unknown) =>
  createHash("sha256")
    .update(JSON.stringify(toVisible(schema)))
    .digest("hex")
    .slice(0, 16);

/** The schemas of responses with an entity tag, by operation. */
const tagged = new Map<string, unknown>(
  documentedOperations.flatMap(({ method, path, responses }) => {
    const { headers, content } = resolve(responses["200"] ?? { headers: {} });
    return "ETag" in headers ? [[`${method} ${path}`, content?.["application/json"]?.schema] as const] : [];
  }),
);

describe("A response with an entity tag", () => {
  const service = useService();

  for (const [name, number] of Object.entries(representations)) {
    it(`to ${name} has another number than each response with another schema`, () => {
      const known = numbers[name as keyof typeof representations];
      const advice =
        "The schema of this response has changed, and apps with the earlier response must not get a 304: raise its number in " +
        "`representations` (service/platform/entity-tag.ts), and add the new hash here";
      expect(toHash(tagged.get(name)), advice).to.equal(known[number]);
      expect(Object.keys(known).map(Number)).to.deep.equal(Array.from({ length: number }, (_, index) => index + 1));
      expect(new Set(Object.values(known)).size).to.equal(number);
    });
  }

  for (const [name, schema] of tagged) {
    const [method, path] = name.split(" ") as [string, string];
    if (name in representations) continue;
    if (method === "GET") {
      it(`to ${name} has the tag of its bytes`, async () => {
        const response = await fetch(service.url + path);
        expect(response.headers.get("etag")).to.equal(computeEtag(await response.text()));
      });
    } else {
      it(`to ${name} has the number and the schema of the response to GET`, () => {
        expect(representations).to.have.any.keys(`GET ${path}`);
        expect(toVisible(schema)).to.deep.equal(toVisible(tagged.get(`GET ${path}`)));
      });
    }
  }

  it("is found, whether its tag has a number or not", () => {
    expect([...tagged.keys()]).to.include.members([
      ...Object.keys(representations),
      "GET /v1/app",
      "GET /openapi.json",
    ]);
  });

  it("is seen to change by a member more, one that may be missing, or another type, and not by another order", () => {
    const properties = { id: { type: "string" }, description: { type: "string" } };
    const schema = { type: "object", properties, required: ["id"] };
    const { id, description } = properties;
    expect(toHash({ required: ["id"], properties: { description, id }, type: "object" })).to.equal(toHash(schema));
    expect(toHash({ ...schema, description: "A user" })).to.equal(toHash(schema));
    for (const changed of [
      { ...schema, properties: { ...properties, points: { type: "integer" } } },
      { ...schema, required: [] },
      { ...schema, properties: { id } },
      { ...schema, properties: { id, description: { type: ["string", "null"] } } },
    ]) {
      expect(toHash(changed)).not.to.equal(toHash(schema));
    }
  });
});
