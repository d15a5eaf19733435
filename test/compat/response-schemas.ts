import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** The part of an OpenAPI document that says what responses contain. */
export interface ApiDocument {
  readonly paths: Record<string, Record<string, { responses: Record<string, ResponseObject | { $ref: string }> }>>;
  readonly components: { schemas: object; responses?: Record<string, ResponseObject> };
}

interface ResponseObject {
  readonly content?: Record<string, { schema: object }>;
}

/** What a version of the app was written for. Members that its document does not name are none of its concern. */
export class ResponseSchemas {
  readonly #document: ApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction | undefined>();

  constructor(document: ApiDocument) {
    this.#document = document;
    addFormats.default(this.#ajv);
  }

  /** What contradicts the document in a successful response. */
  findFaults(method: string, pathname: string, status: number, body: unknown): string[] {
    const path = this.toTemplate(pathname);
    const key = `${method} ${path} ${status}`;
    if (!this.#validators.has(key)) this.#validators.set(key, this.#compile(method, path, status));
    const validate = this.#validators.get(key);
    if (!validate) return [`status ${status} is not in the app's document`];
    return validate(body) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  /** The path of the document that a path of a request belongs to. */
  toTemplate(pathname: string): string {
    if (this.#document.paths[pathname]) return pathname;
    const templates = Object.keys(this.#document.paths);
    return (
      templates.find((template) => new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname)) ?? pathname
    );
  }

  #compile(method: string, path: string, status: number): ValidateFunction | undefined {
    const { paths, components } = this.#document;
    const response = paths[path]?.[method.toLowerCase()]?.responses[status];
    if (!response) return undefined;
    const { content } =
      "$ref" in response ? components.responses![response.$ref.split("/").at(-1)!]! : (response as ResponseObject);
    // A response without a body.
    return this.#ajv.compile(content ? { ...content["application/json"]!.schema, components } : {});
  }
}
