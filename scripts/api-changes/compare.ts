import { isDeepStrictEqual } from "node:util";
import { type Comparison, compareSchemas, type Direction } from "./compare-schemas.ts";
import { type ApiDocument, dereference, type Part } from "./document.ts";
import { type Change, compareSunsets, isExpired } from "./rules.ts";

/** A change with the operations that have it. */
export interface ApiChange extends Change {
  readonly operations: readonly string[];
}

/**
 * The changes of an OpenAPI document that break apps of the base. Each is named once, with all of its operations.
 *
 * @param now decides whether a sunset has passed
 */
export function compareDocuments(base: Part, revision: Part, now: number): ApiChange[] {
  const [before, after] = [dereference(base), dereference(revision)];
  const found = new Map<string, { change: Change; operations: string[] }>();
  for (const [name, operation] of listOperations(before)) {
    const own = listOperations(after).find(([each]) => each === name)?.[1];
    const changes = own ? new OperationComparison(before, after, name, now).compare(operation, own) : [];
    if (!own && !isExpired(operation, now))
      changes.push({ rule: "operation-removed", at: name, what: "it is removed" });
    for (const change of changes) {
      const key = JSON.stringify(change);
      const { operations } = found.get(key) ?? { operations: [] };
      found.set(key, { change, operations: [...new Set([...operations, name])] });
    }
  }
  return [...found.values()].map(({ change, operations }) => ({ ...change, operations }));
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Operations by method and path. */
const listOperations = ({ paths }: ApiDocument): [name: string, operation: Part][] =>
  Object.entries<Part>(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => (item[method] ? [[`${method.toUpperCase()} ${path}`, item[method]] as const] : [])),
  ) as [string, Part][];

const isSuccess = (status: string) => /^[23]/.test(status);

class OperationComparison {
  readonly #documents: Pick<Comparison, "base" | "revision" | "now">;
  readonly #name: string;

  constructor(base: ApiDocument, revision: ApiDocument, name: string, now: number) {
    this.#documents = { base, revision, now };
    this.#name = name;
  }

  compare(base: Part, revision: Part): Change[] {
    return [
      ...compareSunsets(base, revision, this.#name, this.#documents.now),
      ...this.#compareSecurity(base, revision),
      ...(base["x-idempotent"] && !revision["x-idempotent"]
        ? [{ rule: "idempotence-removed", at: this.#name, what: "it is no longer idempotent" } as const]
        : []),
      ...this.#compareParameters(base.parameters ?? [], revision.parameters ?? []),
      ...this.#compareBodies(base.requestBody, revision.requestBody),
      ...Object.entries<Part>(base.responses).flatMap(([status, response]) =>
        this.#compareResponses(status, response, revision.responses[status]),
      ),
      ...this.#compareProblems(base, revision),
    ];
  }

  #at = (place: string | number) => `${this.#name} ${place}`;

  #schemas(direction: Direction, base: Part, revision: Part, place: string): Change[] {
    return compareSchemas({ ...this.#documents, direction }, base, revision, this.#at(place));
  }

  /** What an old app sends must still be enough. No requirement is one, too. */
  #compareSecurity(base: Part, revision: Part): Change[] {
    const [before, after] = [base, revision].map(({ security }): Part[] => (security?.length ? security : [{}]));
    const { base: old, revision: own } = this.#documents;
    const isSame = (scheme: string) =>
      isDeepStrictEqual(
        { ...old.securitySchemes[scheme], description: "" },
        { ...own.securitySchemes[scheme], description: "" },
      );
    const isMet = (requirement: Part) =>
      after!.some((accepted) => Object.keys(accepted).every((scheme) => scheme in requirement && isSame(scheme)));
    return before!.every(isMet)
      ? []
      : [{ rule: "security-added", at: this.#name, what: "it requires more or other credentials" }];
  }

  #compareParameters(base: readonly Part[], revision: readonly Part[]): Change[] {
    const { now } = this.#documents;
    const find = (all: readonly Part[], wanted: Part) =>
      all.find((each) => each.name === wanted.name && each.in === wanted.in);
    const toPlace = (parameter: Part) => `${parameter.in} parameter ${parameter.name}`;
    const added = revision
      .filter((parameter) => parameter.required && !find(base, parameter)?.required)
      .map(
        (parameter): Change => ({
          rule: "parameter-required",
          at: this.#at(toPlace(parameter)),
          what: "it is required",
        }),
      );
    return base.reduce((changes: Change[], parameter) => {
      const own = find(revision, parameter);
      const place = toPlace(parameter);
      if (own) {
        const at = this.#at(place);
        changes.push(...compareSunsets(parameter, own, at, now));
        changes.push(...this.#schemas("request", parameter.schema, own.schema, place));
      } else if (!isExpired(parameter, now))
        changes.push({ rule: "parameter-removed", at: this.#at(place), what: "it is removed" });
      return changes;
    }, added);
  }

  #compareBodies(base: Part | undefined, revision: Part | undefined): Change[] {
    const at = this.#at("body");
    if (base && !revision) return [{ rule: "request-body-removed", at, what: "it is removed" }];
    if (!revision) return [];
    const changes: Change[] =
      revision.required && !base?.required ? [{ rule: "request-body-required", at, what: "it is required" }] : [];
    return base ? [...changes, ...this.#compareContents("request", base, revision, "body")] : changes;
  }

  #compareContents(direction: Direction, base: Part, revision: Part, place: string): Change[] {
    return Object.entries<Part>(base.content ?? {}).flatMap(([type, content]) => {
      const own = revision.content?.[type];
      if (own) return this.#schemas(direction, content.schema, own.schema, place);
      return [{ rule: `${direction}-media-type-removed`, at: this.#at(place), what: `${type} is removed` } as const];
    });
  }

  /** A problem that no longer occurs harms no app, nor does another one: apps handle an unknown one by its status. */
  #compareResponses(status: string, base: Part, revision: Part | undefined): Change[] {
    if (!revision)
      return isSuccess(status)
        ? [{ rule: "response-status-removed", at: this.#at(status), what: "it is removed" }]
        : [];
    const headers = Object.entries<Part>(base.headers ?? {}).flatMap(([name, header]): Change[] => {
      const own = revision.headers?.[name];
      const place = `${status} header ${name}`;
      return own
        ? this.#schemas("response", header.schema, own.schema, place)
        : [{ rule: "response-header-removed", at: this.#at(place), what: "it is removed" }];
    });
    const [before, after] = isSuccess(status) ? [base, revision] : [withoutTypes(base), withoutTypes(revision)];
    return [...headers, ...this.#compareContents("response", before, after, status)];
  }

  /** A problem that another one takes the place of, as apps see a renamed one. */
  #compareProblems(base: Part, revision: Part): Change[] {
    const [before, after] = [listProblemTypes(base), listProblemTypes(revision)] as const;
    const gone = before.filter((type) => !after.includes(type));
    const added = after.filter((type) => !before.includes(type));
    return added.length === 0
      ? []
      : gone.map((type) => ({
          rule: "problem-replaced",
          at: this.#at(`problem ${toSlug(type)}`),
          what: `it is gone, and ${added.map(toSlug).join(", ")} is new`,
        }));
  }
}

const toSlug = (type: string) => type.slice(type.lastIndexOf("/") + 1);

/** The schemas of an error without the list of its types, which may grow. */
const withoutTypes = ({ content = {}, ...response }: Part): Part => ({
  ...response,
  content: Object.fromEntries(
    Object.entries<Part>(content).map(([type, { schema }]) => [type, { schema: schema.allOf?.[0] ?? schema }]),
  ),
});

/** The types of all problems of an operation. */
const listProblemTypes = ({ responses }: Part): string[] => [
  ...new Set(
    Object.values<Part>(responses)
      .flatMap(({ content = {} }) => Object.values<Part>(content))
      .flatMap(({ schema }): string[] => schema.allOf?.[1]?.properties.type.enum ?? []),
  ),
];
