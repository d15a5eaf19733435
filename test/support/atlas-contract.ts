import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import specification from "./atlas-contract.json" with { type: "json" };

/** An operation of the Atlas Administration API: an excerpt of MongoDB's specification, with the fields in use. */
export interface ContractOperation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly mediaType: string;
  /** Names of the query parameters. */
  readonly query?: readonly string[];
  readonly requestBody?: object;
}

/** The parts of a request that the contract covers. */
export interface ContractRequest {
  readonly url: URL;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

const ajv = new Ajv2020({ strict: false, coerceTypes: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(closeSchema(specification) as object);

const operations: readonly ContractOperation[] = Object.entries(specification.operations).map(
  ([operationId, operation]) => ({ operationId, ...operation }),
);

/** The differences between a value and the schema at a path of the contract. Unknown fields are errors. */
function findFaults(path: string, value: unknown): string[] {
  const validate = ajv.getSchema(`contract#/${path}`)!;
  if (validate(value)) return [];
  return validate.errors!.map(({ instancePath, message }) => `${instancePath || "it"} ${message}`);
}

/** The same schema, without additional properties. */
function closeSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeSchema);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closeSchema(value)]);
  return Object.fromEntries("properties" in schema ? [...entries, ["additionalProperties", false]] : entries);
}

/** The operation that a request calls, and the values of the parameters in its path. */
export function matchOperation(method: string, pathname: string) {
  for (const operation of operations) {
    const pattern = operation.path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
    const groups = operation.method === method && new RegExp(`^${pattern}$`).exec(pathname);
    if (!groups) continue;
    const parameters = Object.entries(groups.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return { operation, parameters: Object.fromEntries(parameters) as Record<string, string> };
  }
  return undefined;
}

/** The differences between a request and the contract. */
export function findRequestFaults(
  { operationId, mediaType, query = [], requestBody }: ContractOperation,
  parameters: Readonly<Record<string, string>>,
  { url, accept, contentType, body }: ContractRequest,
): string[] {
  const faults = accept === mediaType ? [] : [`Accept is ${accept}, not ${mediaType}`];
  for (const [name, value] of Object.entries(parameters)) {
    faults.push(...findFaults(`parameters/${name}`, value));
  }
  for (const [name, value] of url.searchParams) {
    faults.push(
      ...(query.includes(name) ? findFaults(`parameters/${name}`, Number(value)) : [`unknown query ${name}`]),
    );
  }
  if (!requestBody) return body === undefined ? faults : [...faults, "it takes no body"];
  if (contentType !== mediaType) return [...faults, `Content-Type is ${contentType}`];
  return [...faults, ...findFaults(`operations/${operationId}/requestBody`, body)];
}

/** The differences between a response and the contract. */
export const findResponseFaults = ({ operationId }: ContractOperation, body: unknown): string[] =>
  findFaults(`operations/${operationId}/response`, body);
