import { Ajv2020, type AnySchema, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { openApiDocument } from "../../service/openapi/document.ts";
import type { ApiResponse } from "./service.ts";

type Schema = Record<string, unknown>;
type Reference = { $ref: string };

interface Example {
  value: unknown;
}

interface Content {
  schema: Schema;
  examples: Record<string, Example | Reference>;
}

interface ResponseObject {
  headers: Record<string, Reference>;
  content?: Record<string, Content>;
}

/** An operation of the document, and where it is. */
export interface DocumentedOperation {
  /** In capital letters. */
  method: string;
  path: string;
  operationId: string;
  security: Record<string, string[]>[];
  parameters?: {
    name: string;
    in: string;
    required: boolean;
    schema: Schema & { examples?: string[] };
    example?: string;
  }[];
  requestBody?: { content: Record<"application/json", Content> };
  responses: Record<string, ResponseObject | Reference>;
}

/** The document as its clients parse it. */
export const document = JSON.parse(JSON.stringify(openApiDocument())) as {
  info: { version: string };
  paths: Record<string, Record<string, Omit<DocumentedOperation, "method" | "path">>>;
  components: { schemas: Record<string, Schema>; headers: Record<string, { schema: Schema; example: string }> };
};

export const documentedOperations: readonly DocumentedOperation[] = Object.entries(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
);

/** A part of the document, or what it refers to. */
export function resolve<T extends object>(part: T | Reference): T {
  if (!("$ref" in part)) return part;
  const names = part.$ref.split("/").slice(1);
  return names.reduce<unknown>((object, name) => (object as Schema)[name], document) as T;
}

/** The examples of some content, by name. */
export const examplesIn = ({ examples }: Content): [name: string, value: unknown][] =>
  Object.entries(examples).map(([name, example]) => [name, resolve<Example>(example).value]);

/** Each status of an operation with the types of the problems that it may carry; none for other responses. */
export const documentedProblems = ({ responses }: DocumentedOperation): [status: string, types: string[]][] =>
  Object.entries(responses).map(([status, response]) => {
    const content = resolve<ResponseObject>(response).content?.["application/problem+json"];
    return [status, content ? examplesIn(content).map(([, value]) => (value as { type: string }).type) : []];
  });

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addKeyword("components");
ajv.addKeyword("example");
ajv.addKeyword("x-sunset");

/** To compile one takes longer than a request. */
const validators = new WeakMap<Schema, ValidateFunction>();

/** What is wrong with a value by a schema of the document; so is a member that the schema does not name. */
export function findFaults(schema: Schema, value: unknown): string[] {
  const { components } = document;
  const validate = validators.get(schema) ?? ajv.compile(closeSchema({ ...schema, components }) as AnySchema);
  validators.set(schema, validate);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The same schema, but objects have no members beyond those that it names. */
function closeSchema(schema: unknown, isPartOfAll = false): unknown {
  if (Array.isArray(schema)) return schema.map((part) => closeSchema(part, isPartOfAll));
  if (typeof schema !== "object" || schema === null) return schema;
  const isOpen = isPartOfAll || !("properties" in schema) || "additionalProperties" in schema;
  return {
    ...Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, closeSchema(part, key === "allOf")])),
    ...(!isOpen && { unevaluatedProperties: false }),
  };
}

/**
 * Differences of a response from its documentation.
 * @param status among the operation's responses; @default that of the response
 */
export function findContradictions(
  { responses }: DocumentedOperation,
  actual: ApiResponse,
  status = String(actual.status),
): string[] {
  const response = resolve<ResponseObject>(responses[status]!);
  return [...findHeaderFaults(response, actual), ...findBodyFaults(response, actual)];
}

/** Differences of the headers of a response from their documentation. */
export const findHeaderContradictions = ({ responses }: DocumentedOperation, actual: ApiResponse): string[] =>
  findHeaderFaults(resolve<ResponseObject>(responses[actual.status]!), actual);

function findBodyFaults({ content }: ResponseObject, { headers, body }: ApiResponse): string[] {
  if (!content) return body === "" ? [] : ["has a body"];
  const type = headers.get("content-type")?.split(";")[0] ?? "none";
  return content[type] ? findFaults(content[type].schema, body) : [`media type ${type}`];
}

/** Headers for HTTP itself and for browsers; the document is silent about them. */
const silentHeaders = new Set([
  "connection",
  "content-length",
  "content-security-policy",
  "content-type",
  "date",
  "keep-alive",
  "referrer-policy",
  "strict-transport-security",
  "vary",
  "x-content-type-options",
]);

/** Headers that a client needs. HTTP requires those of 401 and 405 (RFC 9110, 15.5). */
const headersByStatus: Record<number, string[]> = {
  401: ["x-amzn-Remapped-WWW-Authenticate"],
  405: ["Allow"],
  429: ["Retry-After"],
  503: ["Retry-After"],
};

function findHeaderFaults({ headers, content }: ResponseObject, actual: ApiResponse): string[] {
  const documented = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const undocumented = [...actual.headers.keys()].filter((name) => !documented.has(name) && !silentHeaders.has(name));
  // Of a problem's other headers each belongs to one of its types, or to requests that are counted.
  const always = content?.["application/problem+json"]
    ? ["X-Request-Id", "Cache-Control", ...(headersByStatus[actual.status] ?? [])]
    : Object.keys(headers);
  const missing = always.filter((name) => !actual.headers.has(name));
  const wrong = Object.entries(headers).flatMap(([name, reference]) => {
    const value = actual.headers.get(name);
    return value === null ? [] : findFaults(resolve<{ schema: Schema }>(reference).schema, value);
  });
  return [
    ...undocumented.map((name) => `header ${name} is not documented`),
    ...missing.map((name) => `header ${name} is missing`),
    ...wrong,
  ];
}
