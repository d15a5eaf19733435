import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

interface Parameter {
  in: "path" | "query";
  name: string;
  required?: boolean;
  schema: Record<string, unknown>;
}

/** An operation of the Atlas Administration API: an excerpt of MongoDB's specification, with the fields that are used. */
export interface ContractOperation {
  /** Where the excerpt is from. */
  source: string;
  operationId: string;
  method: string;
  path: string;
  mediaType: string;
  parameters: Parameter[];
  requestBody?: Record<string, unknown>;
  response: Record<string, unknown>;
}

/** A request, as far as the contract speaks of it. */
export interface ContractRequest {
  method: string;
  url: URL;
  accept: string | undefined;
  contentType: string | undefined;
  body: unknown;
}

const folder = join(import.meta.dirname, "..", "scripts", "atlas", "contract");

const contract: readonly ContractOperation[] = readdirSync(folder).map((file) =>
  JSON.parse(readFileSync(join(folder, file), "utf8")),
);

const ajv = new Ajv2020({ strict: false, coerceTypes: false, allErrors: true });
addFormats.default(ajv);
const compiled = new Map<object, ValidateFunction>();

/** What is wrong with a value; nothing if it is as the schema says. Fields that the schema does not name are wrong. */
function findFaults(schema: Record<string, unknown>, value: unknown): string[] {
  const validate = compiled.get(schema) ?? ajv.compile(closeSchema(schema) as object);
  compiled.set(schema, validate);
  if (validate(value)) return [];
  return validate.errors!.map(({ instancePath, message }) => `${instancePath || "it"} ${message}`);
}

/** The same schema, whose objects have no fields but those that it names. */
function closeSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeSchema);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closeSchema(value)]);
  return Object.fromEntries("properties" in schema ? [...entries, ["additionalProperties", false]] : entries);
}

/** The operation that a request asks for, and the values of the parameters in its path. */
export function matchOperation(method: string, pathname: string) {
  for (const operation of contract.filter((candidate) => candidate.method === method)) {
    const names: string[] = [];
    const pattern = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
      names.push(name);
      return "([^/]+)";
    });
    const values = new RegExp(`^${pattern}$`).exec(pathname)?.slice(1);
    if (values) {
      const parameters = Object.fromEntries(
        names.map((name, index) => [name, decodeURIComponent(values[index]!)]),
      );
      return { operation, parameters };
    }
  }
  return undefined;
}

/** What in a request is not as the contract says. */
export function findRequestFaults(
  operation: ContractOperation,
  parameters: Record<string, string>,
  { url, accept, contentType, body }: ContractRequest,
): string[] {
  const query = Object.fromEntries(url.searchParams);
  const known = (place: string) => operation.parameters.filter((parameter) => parameter.in === place);
  const typed = (schema: Record<string, unknown>, text: string) =>
    schema.type === "integer" ? Number(text) : text;
  return [
    ...(accept === operation.mediaType ? [] : [`Accept is ${accept}, not ${operation.mediaType}`]),
    ...known("path").flatMap(({ name, schema }) => findFaults(schema, parameters[name])),
    ...Object.entries(query).flatMap(([name, text]) => {
      const parameter = known("query").find((candidate) => candidate.name === name);
      return parameter
        ? findFaults(parameter.schema, typed(parameter.schema, text))
        : [`unknown query ${name}`];
    }),
    ...findBodyFaults(operation, contentType, body),
  ];
}

function findBodyFaults(
  operation: ContractOperation,
  contentType: string | undefined,
  body: unknown,
): string[] {
  if (!operation.requestBody) return body === undefined ? [] : ["it takes no body"];
  if (contentType !== operation.mediaType) return [`Content-Type is ${contentType}`];
  return findFaults(operation.requestBody, body);
}

/** What in an answer is not as the contract says. */
export const findResponseFaults = ({ response }: ContractOperation, body: unknown): string[] =>
  findFaults(response, body);
