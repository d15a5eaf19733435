import { expect } from "chai";
import { compareDocuments } from "../../../scripts/api-changes/compare.ts";
import type { Part } from "../../../scripts/api-changes/document.ts";
import { type Rule, rules } from "../../../scripts/api-changes/rules.ts";
import { openApiDocument } from "../../../service/openapi/document.ts";

// biome-ignore lint/suspicious/noExplicitAny: a document that tests change
type Editable = any;

const now = Date.parse("2027-01-31T12:00:00Z");
const [past, soon, later] = ["2027-01-30", "2027-07-29", "2027-07-31"];

const text = { type: "string" };

/** An operation that has a case of each rule. */
const createDocument = (): Editable => ({
  paths: {
    "/v1/notes": {
      post: {
        security: [{ apiKey: [] }],
        "x-idempotent": true,
        parameters: [{ name: "limit", in: "query", required: false, schema: { type: "integer", maximum: 100 } }],
        requestBody: {
          required: false,
          content: { "application/json": { schema: { $ref: "#/components/schemas/NewNote" } } },
        },
        responses: {
          200: {
            headers: { ETag: { $ref: "#/components/headers/ETag" } },
            content: { "application/json": { schema: { $ref: "#/components/schemas/Note" } } },
          },
          409: {
            headers: { "Retry-After": { schema: { type: "integer" } } },
            content: {
              "application/problem+json": {
                schema: {
                  allOf: [
                    { $ref: "#/components/schemas/Problem" },
                    { type: "object", properties: { type: { enum: ["https://x/problems/taken"] } } },
                  ],
                },
              },
            },
          },
        },
      },
      get: {
        responses: { 200: { content: { "application/json": { schema: { $ref: "#/components/schemas/Note" } } } } },
      },
    },
  },
  components: {
    headers: { ETag: { schema: { type: "string", pattern: "^a" } } },
    securitySchemes: { apiKey: { type: "apiKey", in: "header", name: "X-Api-Key", description: "The app's key." } },
    schemas: {
      NewNote: {
        type: "object",
        properties: {
          title: { type: "string", maxLength: 50 },
          mood: { anyOf: [{ type: "string", enum: ["good", "bad"] }, { type: "null" }] },
          size: { type: "number", minimum: 0, default: 1 },
          day: { type: "string" },
          tags: { type: "array", items: { type: "string" }, maxItems: 9 },
          labels: { type: "object", additionalProperties: { type: "string" } },
        },
        required: ["title"],
      },
      Note: {
        type: "object",
        properties: {
          id: { type: "string", format: "uuid" },
          state: { enum: ["open", "done"] },
          size: { type: "integer", minimum: 1 },
          parent: { anyOf: [{ $ref: "#/components/schemas/Note" }, { type: "null" }] },
          counts: { type: "object", additionalProperties: { type: "integer" } },
          draft: { $ref: "#/components/schemas/Draft", description: "As it was sent." },
        },
        required: ["id", "state"],
      },
      Draft: { type: "object", properties: { title: text } },
      Problem: { type: "object", properties: { type: text, title: text }, required: ["type"] },
    },
  },
});

interface Edited {
  /** `POST /v1/notes`. */
  readonly post: Editable;
  readonly paths: Editable;
  readonly newNote: Editable;
  readonly note: Editable;
  readonly problem: Editable;
  readonly headers: Editable;
  readonly securitySchemes: Editable;
}

const edit = (document: Editable, change: (parts: Edited) => unknown): Part => {
  const { NewNote: newNote, Note: note, Problem: problem } = document.components.schemas;
  const { paths } = document;
  const { headers, securitySchemes } = document.components;
  change({ post: paths["/v1/notes"].post, paths, newNote, note, problem, headers, securitySchemes });
  return document;
};

/** The changes that a change of the document makes, as `rule: where`. */
function find(change: (parts: Edited) => unknown, before: (parts: Edited) => unknown = () => {}): string[] {
  const base = edit(createDocument(), before);
  const revision = edit(edit(createDocument(), before), change);
  return compareDocuments(base, revision, now).map(({ rule, at }) => `${rule}: ${at}`);
}

const post = "POST /v1/notes";

/** A change for each rule, and where it is found. */
const breaking: Readonly<Record<Rule, readonly [at: string, change: (parts: Edited) => unknown]>> = {
  "operation-removed": [post, ({ paths }) => delete paths["/v1/notes"].post],
  "parameter-removed": [`${post} query parameter limit`, (parts) => parts.post.parameters.pop()],
  "parameter-required": [
    `${post} query parameter limit`,
    (parts) => Object.assign(parts.post.parameters[0], { required: true }),
  ],
  "request-body-removed": [`${post} body`, (parts) => delete parts.post.requestBody],
  "request-body-required": [`${post} body`, (parts) => Object.assign(parts.post.requestBody, { required: true })],
  "request-media-type-removed": [
    `${post} body`,
    (parts) => Object.assign(parts.post.requestBody, { content: { "text/plain": { schema: text } } }),
  ],
  "request-property-required": ["NewNote/day", ({ newNote }) => newNote.required.push("day")],
  "request-property-removed": ["NewNote/day", ({ newNote }) => delete newNote.properties.day],
  "request-type-changed": [
    "NewNote/size",
    ({ newNote }) => Object.assign(newNote.properties.size, { type: "integer" }),
  ],
  "request-values-removed": ["NewNote/mood", ({ newNote }) => newNote.properties.mood.anyOf[0].enum.pop()],
  "request-limit-narrowed": [
    "NewNote/title",
    ({ newNote }) => Object.assign(newNote.properties.title, { maxLength: 49 }),
  ],
  "request-constraint-changed": [
    "NewNote/day",
    ({ newNote }) => Object.assign(newNote.properties.day, { format: "date" }),
  ],
  "request-default-changed": ["NewNote/size", ({ newNote }) => Object.assign(newNote.properties.size, { default: 2 })],
  "request-unknown-members-refused": [
    "NewNote",
    ({ newNote }) => Object.assign(newNote, { additionalProperties: false }),
  ],
  "response-property-removed": ["Note/size", ({ note }) => delete note.properties.size],
  "response-property-optional": ["Note/state", ({ note }) => note.required.pop()],
  "response-type-changed": [
    "Note/size",
    ({ note }) => Object.assign(note.properties.size, { type: ["integer", "null"] }),
  ],
  "response-values-added": ["Note/state", ({ note }) => note.properties.state.enum.push("late")],
  "response-limit-widened": ["Note/size", ({ note }) => Object.assign(note.properties.size, { minimum: 0 })],
  "response-constraint-changed": ["Note/id", ({ note }) => delete note.properties.id.format],
  "response-status-removed": [
    `${post} 200`,
    ({ post: { responses } }) => {
      responses[201] = responses[200];
      delete responses[200];
    },
  ],
  "response-media-type-removed": [`${post} 200`, (parts) => Object.assign(parts.post.responses[200], { content: {} })],
  "response-header-removed": [`${post} 200 header ETag`, (parts) => delete parts.post.responses[200].headers],
  "problem-replaced": [
    `${post} problem taken`,
    (parts) => {
      parts.post.responses[409].content["application/problem+json"].schema.allOf[1].properties.type.enum = [
        "https://x/problems/used",
      ];
    },
  ],
  "security-added": [post, (parts) => Object.assign(parts.post.security[0], { accessToken: [] })],
  "idempotence-removed": [post, (parts) => Object.assign(parts.post, { "x-idempotent": false })],
  "sunset-missing": [post, (parts) => Object.assign(parts.post, { deprecated: true })],
  "sunset-too-soon": [post, (parts) => Object.assign(parts.post, { deprecated: true, "x-sunset": soon })],
  "sunset-earlier": [post, (parts) => Object.assign(parts.post, { deprecated: true, "x-sunset": soon })],
};

const deprecate = (sunset: string) => (part: object) => Object.assign(part, { deprecated: true, "x-sunset": sunset });

describe("A change of the API", () => {
  for (const [rule, [at, change]] of Object.entries(breaking)) {
    it(`breaks apps: ${rule}`, () => {
      const before = rule === "sunset-earlier" ? (parts: Edited) => deprecate(later)(parts.post) : undefined;
      expect(find(change, before)).to.deep.equal([`${rule}: ${at}`]);
    });
  }

  it("has a rule with an action in the catalogue, and no other", () => {
    expect(Object.keys(breaking)).to.have.members(Object.keys(rules));
  });

  for (const [title, change] of Object.entries<(parts: Edited) => unknown>({
    "another operation": ({ paths }) => Object.assign(paths, { "/v2/notes": paths["/v1/notes"] }),
    "an optional parameter": (parts) => parts.post.parameters.push({ name: "sort", in: "query", schema: text }),
    "an optional member of a request": ({ newNote }) => Object.assign(newNote.properties, { note: text }),
    "a wider type in a request": ({ newNote }) => Object.assign(newNote.properties.day, { type: ["string", "null"] }),
    "another value in a request": ({ newNote }) => newNote.properties.mood.anyOf[0].enum.push("calm"),
    "a wider limit in a request": ({ newNote }) => Object.assign(newNote.properties.title, { maxLength: 51 }),
    "a limit less in a request": ({ newNote }) => delete newNote.properties.title.maxLength,
    "a member that is no longer required in a request": ({ newNote }) => newNote.required.pop(),
    "another member of a response": ({ note }) => Object.assign(note.properties, { color: text }),
    "a narrower type in a response": ({ note }) => note.properties.parent.anyOf.pop(),
    "a value less in a response": ({ note }) => note.properties.state.enum.pop(),
    "a narrower limit in a response": ({ note }) => Object.assign(note.properties.size, { minimum: 2 }),
    "a member that a response always has": ({ note }) => note.required.push("size"),
    "another header": (parts) => Object.assign(parts.post.responses[200].headers, { Location: { schema: text } }),
    "another status": (parts) => Object.assign(parts.post.responses, { 413: {} }),
    "another problem": (parts) =>
      parts.post.responses[409].content["application/problem+json"].schema.allOf[1].properties.type.enum.push("x/late"),
    "a problem less": (parts) => delete parts.post.responses[409],
    "fewer credentials": (parts) => Object.assign(parts.post, { security: [] }),
    "other words for credentials": ({ securitySchemes }) => Object.assign(securitySchemes.apiKey, { description: "" }),
    "other words and examples": ({ note }) => Object.assign(note, { description: "Other.", examples: [{}] }),
    "a deprecation with time left": (parts) => deprecate(later)(parts.post),
  })) {
    it(`breaks none: ${title}`, () => {
      expect(find(change)).to.deep.equal([]);
    });
  }

  for (const [title, change] of Object.entries<(parts: Edited) => unknown>({
    "an alternative in a response": ({ note }) => note.properties.parent.anyOf.push({ type: "string" }),
    "an alternative less in a request": ({ newNote }) => newNote.properties.mood.anyOf.pop(),
    "the type of items": ({ newNote }) => Object.assign(newNote.properties.tags.items, { type: "integer" }),
    "the type of unnamed members": ({ note }) => Object.assign(note.properties.counts.additionalProperties, text),
    "the pattern of a header": ({ headers }) => Object.assign(headers.ETag.schema, { pattern: "^b" }),
    "a keyword that has no rule": ({ newNote }) => Object.assign(newNote.properties.tags, { contains: text }),
    "the sunset of a member": ({ note }) => deprecate(soon)(note.properties.size),
    "the sunset of a parameter": (parts) => deprecate(soon)(parts.post.parameters[0]),
    "a member of a problem": ({ problem }) => delete problem.properties.title,
    "no more unnamed members": ({ newNote }) =>
      Object.assign(newNote.properties.labels, { additionalProperties: false }),
    "the sunset of a member that is a component": ({ note }) => deprecate(soon)(note.properties.draft),
    "the header of a credential": ({ securitySchemes }) => Object.assign(securitySchemes.apiKey, { name: "X-Key" }),
    "a header of an error": (parts) => delete parts.post.responses[409].headers,
    "a sunset that is no day": (parts) => deprecate("2028-02-30")(parts.post),
    "the schema of a parameter": (parts) => Object.assign(parts.post.parameters[0].schema, { maximum: 99 }),
  })) {
    it(`breaks apps in another place: ${title}`, () => {
      expect(find(change)).to.have.length(1);
    });
  }

  const removals: Readonly<
    Record<string, readonly [find: (parts: Edited) => object, remove: (parts: Edited) => unknown]>
  > = {
    "an operation": [(parts) => parts.post, ({ paths }) => delete paths["/v1/notes"].post],
    "a parameter": [(parts) => parts.post.parameters[0], (parts) => parts.post.parameters.pop()],
    "a member of a request": [({ newNote }) => newNote.properties.day, ({ newNote }) => delete newNote.properties.day],
    "a member of a response": [({ note }) => note.properties.size, ({ note }) => delete note.properties.size],
    "a member that is a component": [({ note }) => note.properties.draft, ({ note }) => delete note.properties.draft],
  };
  for (const [title, [target, remove]] of Object.entries(removals)) {
    it(`may remove ${title} after its sunset, and not before`, () => {
      expect(find(remove, (parts) => deprecate(past)(target(parts)))).to.deep.equal([]);
      expect(find(remove, (parts) => deprecate(later)(target(parts)))).to.have.length(1);
      expect(find(remove, (parts) => Object.assign(target(parts), { "x-sunset": past }))).to.have.length(1);
    });
  }

  it("is named once, with all operations of a component", () => {
    const revision = edit(createDocument(), ({ note }) => delete note.properties.size);
    expect(compareDocuments(createDocument(), revision, now)).to.deep.equal([
      {
        rule: "response-property-removed",
        at: "Note/size",
        what: "it is removed",
        operations: ["GET /v1/notes", post],
      },
    ]);
  });

  it("is none between equal documents, also of the service", () => {
    expect(find(() => {})).to.deep.equal([]);
    expect(compareDocuments(openApiDocument(), openApiDocument(), now)).to.deep.equal([]);
  });

  it("is found in each object of the service's document", () => {
    const document = openApiDocument();
    const count = (name: string, key: "required" | "properties") => {
      const revision = structuredClone(document) as Editable;
      const { [name]: schema } = revision.components.schemas;
      if (key === "required") schema.required = [...(schema.required ?? []), "added"];
      else if (schema.type === "array") schema.items = {};
      else schema.properties = {};
      return compareDocuments(document, revision, now).length;
    };
    const { components } = document as Editable;
    for (const name of Object.keys(components.schemas)) expect(count(name, "properties"), name).to.be.above(0);
    for (const name of ["NewActivity", "Registration", "ActivityChange"])
      expect(count(name, "required"), name).to.equal(1);
  });
});
