import { createHash } from "node:crypto";
import { expect } from "chai";
import { computeEtag, representations, toEtag } from "../../service/platform/entity-tag.ts";
import { userCacheShapes } from "../../service/platform/user-cache.ts";
import { documentedOperations, resolve } from "../support/openapi.ts";
import { useService } from "../support/service.ts";

/** The numbers of responses that a later release must not take for its own: in a tag, or in the cache of user data. */
const current = { ...representations, "GET /v1/activities/summary": userCacheShapes.Summary };

/**
 * Each number of each response, with the hash of its schema. A row is added with each change of a schema, also when a change is taken
 * back: apps and the cache have the response of the release that had it. None is ever changed or removed.
 */
const numbers: Record<keyof typeof current, Record<number, string>> = {
  "GET /v1/users/me": { 1: "06b61306fa927cff", 2: "039593d50fb1e4bd" },
  "GET /v1/activities/{id}": { 1: "9aaf14824db3916a" },
  "GET /v1/sessions": { 1: "fbcccc54cebeac6a" },
  "GET /v1/activities/summary": { 1: "821201b0f0e09733" },
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

/** The schemas of successful responses by operation, and those of them with an entity tag. */
const schemas = new Map<string, unknown>();
const tagged = new Map<string, unknown>();
for (const { method, path, responses } of documentedOperations) {
  for (const [status, response] of Object.entries(responses)) {
    if (!status.startsWith("2")) continue;
    const { headers, content } = resolve(response);
    const schema = content?.["application/json"]?.schema;
    schemas.set(`${method} ${path}`, schema);
    if ("ETag" in headers) tagged.set(`${method} ${path}`, schema);
  }
}

describe("A response with an entity tag", () => {
  const service = useService();

  for (const [name, number] of Object.entries(current)) {
    it(`to ${name} has another number than each response with another schema`, () => {
      const known = numbers[name as keyof typeof current];
      const advice =
        "The schema of this response has changed, and apps or the cache have the earlier response: raise its number in " +
        "`representations` (service/platform/entity-tag.ts) or `userCacheShapes` (service/platform/user-cache.ts), and add it here with " +
        "the new hash";
      expect(toHash(schemas.get(name)), advice).to.equal(known[number]);
      expect(Object.keys(known).map(Number)).to.deep.equal(Array.from({ length: number }, (_, index) => index + 1));
    });
  }

  it("changes its tag with its number", () => {
    const numbered: Record<string, number> = representations;
    for (const name of Object.keys(representations) as (keyof typeof representations)[]) {
      const tag = toEtag(name, 7);
      numbered[name]! += 1;
      try {
        expect([tag, toEtag(name, 7)]).to.deep.equal([`"${numbered[name]! - 1}-7"`, `"${numbered[name]}-7"`]);
      } finally {
        numbered[name]! -= 1;
      }
    }
  });

  it("that the cache keeps with its tag has the number of its shape", () => {
    expect(userCacheShapes.Profile).to.equal(representations["GET /v1/users/me"]);
  });

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
