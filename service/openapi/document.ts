import { activityOperations } from "../activities/operations.ts";
import { appOperations } from "../app-version/operations.ts";
import { authOperations, logoutOperations } from "../auth/operations.ts";
import { sessionOperations } from "../auth/session-operations.ts";
import { signingKeyOperations } from "../auth/signing-key-operations.ts";
import { contactEmail, productName } from "../company.ts";
import { type Deprecation, type Deprecations, deprecations } from "../deprecations.ts";
import { healthOperations } from "../health/operations.ts";
import { associationOperations } from "../links/operations.ts";
import { type RouteName, routes, type Security } from "../routes.ts";
import { userOperations } from "../users/operations.ts";
import { commonHeaders, deprecationHeaders, type HeaderName, headerReferences, headers } from "./headers.ts";
import type { Operation, OperationResponse, Parameter } from "./operation.ts";
import { documentOperations } from "./operations.ts";
import { appVersion } from "./parameters.ts";
import { problemResponses } from "./problem-responses.ts";
import { componentSchemas, toSchema } from "./schemas.ts";

/** All operations of the API, in an order in which they can be tried: what ends a session or an account comes late. */
export const operations: Record<RouteName, Operation> = {
  ...authOperations,
  ...userOperations,
  ...activityOperations,
  ...sessionOperations,
  ...logoutOperations,
  ...signingKeyOperations,
  ...associationOperations,
  ...appOperations,
  ...healthOperations,
  ...documentOperations,
};

/**
 * The API as an OpenAPI 3.1 document. All environments have the same of one archive but for the release: addresses are relative.
 * @param release the version of the function `api`, by which `ops status` names a release. @default `development`
 * @param deprecated operations that will be removed. @default those of the API
 */
export function openApiDocument(release = "development", deprecated: Deprecations = deprecations): object {
  const paths: Record<string, Record<string, object>> = {};
  const shared: SharedComponents = { responses: {}, examples: {} };
  for (const [name, operation] of Object.entries(operations)) {
    const [method, path] = name.split(" ") as [string, string];
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: operationObject(
        operation,
        method,
        routes[name as RouteName].security,
        shared,
        deprecated[name as RouteName],
      ),
    };
  }
  const unused: readonly string[] = Object.keys(deprecated).length > 0 ? [] : deprecationHeaders;
  const usedHeaders = Object.fromEntries(Object.entries(headers).filter(([name]) => !unused.includes(name)));
  return {
    openapi: "3.1.1",
    info: {
      title: `${productName} API`,
      version: release,
      summary: `The API of the ${productName} app.`,
      description: introduction,
      contact: { name: `${productName} platform engineers`, email: contactEmail },
      license: { name: "All rights reserved", identifier: `LicenseRef-${productName}` },
    },
    servers: [{ url: "/", description: "Where this document is served" }],
    tags: tags.map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: componentSchemas(), ...shared, headers: usedHeaders, securitySchemes },
  };
}

const introduction = `JSON in UTF-8, at most 100 kB. Times are in UTC. Every response has an \`X-Request-Id\`.

Errors are problem details (RFC 9457). Decide by \`type\`, which never changes its meaning, not by \`title\` or \`detail\`. Handle
an unknown \`type\` by its status. Responses may get more members than this document lists: ignore unknown members.

Each path that supports GET also supports HEAD: the same response without the body.

Any response may be a 429 or a 503: wait as long as \`Retry-After\` says.`;

const tags = [
  ["Login", "Registration, links of mails, login and tokens"],
  ["Profile", "A user's own data"],
  ["Activities", "The activities that a user records"],
  ["Sessions", "Where a user is logged in"],
  ["Account", "Password, address, deletion and logout"],
  ["Service", "Operations without a user"],
] as const;

const securitySchemes = {
  apiKey: { type: "apiKey", in: "header", name: "X-Api-Key", description: "The app's key." },
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A user's access token, valid for 15 minutes.",
  },
} as const;

const securityRequirements = {
  none: [],
  "api key": [{ apiKey: [] }],
  "access token": [{ apiKey: [], accessToken: [] }],
  "open session": [{ apiKey: [], accessToken: [] }],
} as const satisfies Record<Security, unknown>;

/** Components that operations share, by name. */
interface SharedComponents {
  responses: Record<string, object>;
  examples: Record<string, object>;
}

/** @param shared collects the components that the operation refers to */
function operationObject(
  operation: Operation,
  method: string,
  security: Security,
  shared: SharedComponents,
  deprecation: Deprecation | undefined,
): object {
  const { id, tag, summary, description, parameters = [], body, responses, idempotent } = operation;
  const problems = problemResponses(operation, security).map(({ status, name, response, examples }) => {
    shared.responses[name] = response;
    Object.assign(shared.examples, examples);
    return [status, { $ref: `#/components/responses/${name}` }] as const;
  });
  const all = [...parameters, ...(security === "none" ? [] : [appVersion])];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(deprecation && { deprecated: true, "x-sunset": deprecation.sunset, externalDocs: { url: deprecation.link } }),
    security: securityRequirements[security],
    ...(all.length > 0 && { parameters: all.map(parameterObject) }),
    ...(body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: toSchema(body.schema), examples: toExamples(body.examples) } },
      },
    }),
    responses: {
      ...Object.fromEntries(problems),
      ...Object.fromEntries(
        Object.entries(responses).map(([status, response]) => [
          status,
          responseObject(response, deprecation ? deprecationHeaders : []),
        ]),
      ),
    },
    "x-idempotent": idempotent ?? method === "GET",
  };
}

/** Tools that send requests fill in an `example`. That of an optional parameter is therefore one of its schema, which they only show. */
function parameterObject({ schema, example, ...parameter }: Parameter): object {
  return schema.safeParse(undefined).success
    ? { ...parameter, required: false, schema: { ...toSchema(schema), examples: [example] } }
    : { ...parameter, required: true, schema: toSchema(schema), example };
}

const responseObject = (
  { description, schema, examples = {}, headers: own = [] }: OperationResponse,
  announcing: readonly HeaderName[],
): object => ({
  description,
  headers: headerReferences([...commonHeaders, ...own, ...announcing]),
  ...(schema && { content: { "application/json": { schema: toSchema(schema), examples: toExamples(examples) } } }),
});

const toExamples = (bodies: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(bodies).map(([name, value]) => [name, { value }]));
