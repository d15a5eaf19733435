import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { namePrefix, problemBase } from "../../service/company.ts";
import { linkActions, linksRoute } from "../../service/contract.ts";
import { openApiDocument } from "../../service/openapi/document.ts";

/** The generated file. */
export const generatedFile = join(import.meta.dirname, "openapi.ts");

/** The types of the API, the idempotent operations and the links of mails, as TypeScript. Needs no network. */
export async function generate(): Promise<string> {
  const document = openApiDocument() as OpenAPI3;
  const types = astToString(await openapiTS(withoutUntyped(document)));
  const idempotent = Object.entries(document.paths!).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { "x-idempotent": boolean }>)
      .filter(([, operation]) => operation["x-idempotent"])
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  return `// Generated from the OpenAPI document by \`npm run generate:client\`. Do not edit.

/** Begins the \`type\` of each problem. */
export const problemBase = ${JSON.stringify(problemBase)};

/** Path of the pages that mails link to, and the scheme of the same links for the app alone. */
export const linksRoute = ${JSON.stringify(linksRoute)};
export const appScheme = ${JSON.stringify(namePrefix)};

/** What these links are for. */
export const linkActions = ${JSON.stringify(linkActions)} as const;

/** Operations that may be sent again without a second effect. */
export const idempotentOperations: readonly string[] = ${JSON.stringify(idempotent, undefined, 2)};

${types.replaceAll(emptyMembers, "")}`;
}

/** Leaves out what `openapi-fetch` gives no type to, the header that the client itself sends, and examples, which change each day. */
const withoutUntyped = (document: OpenAPI3): OpenAPI3 =>
  JSON.parse(JSON.stringify(document), (key, value) => {
    if (key === "headers" || key === "example") return undefined;
    // The WAF sends the same problems as another media type.
    if (key === "content" && "application/problem+json" in value) delete value["application/json"];
    if (key === "parameters") return value.filter(({ name }: { name: string }) => name !== "X-App-Version");
    return value;
  });

/** Empty comments, and members that do not exist, except `content`: without it, the data of an empty response would be `unknown`. */
const emptyMembers =
  /^ +(\/\*\* @enum \{unknown\} \*\/|(?!content)\w+\?: never;|headers: \{\n +\[name: string\]: unknown;\n +\};|parameters: \{(\n +\w+\?: never;)+\n +\};)\n/gm;

if (import.meta.url === pathToFileURL(process.argv[1]!).href) await writeFile(generatedFile, await generate());
