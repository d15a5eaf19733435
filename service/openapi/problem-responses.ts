import * as z from "zod";
import { appStores } from "../app-version/stores.ts";
import { type Problem, problems } from "../platform/problems.ts";
import { type Security, securityLevels } from "../routes.ts";
import { gatewayProblems } from "./gateway-problems.ts";
import { commonHeaders, type HeaderName, headerReferences, headers, limitHeaders } from "./headers.ts";
import type { Operation, ProblemName } from "./operation.ts";
import { descriptions, toSchema } from "./schemas.ts";

function described<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  descriptions.add(schema as z.ZodType, { description });
  return schema;
}

const memberFault = z.object({
  pointer: described(z.string(), "JSON Pointer (RFC 6901) to the member of the body."),
  detail: z.string(),
});

const parameterFault = z.object({
  parameter: described(z.string(), "Name of the parameter of the query."),
  detail: z.string(),
});

/** Problem details (RFC 9457) of every error. */
const problemDetails = z
  .object({
    type: described(z.url(), "Identifies the problem. It never changes its meaning."),
    title: described(z.string(), "Names the problem for people."),
    status: described(z.int().optional(), "The status of the response."),
    detail: described(z.string(), "What happened, why, and what to do. Do not decide by it."),
    instance: described(z.string().optional(), "The request's id as a URI; the WAF's block response has none."),
    errors: described(
      z.array(z.union([memberFault, parameterFault])).optional(),
      "The members or parameters at fault, at most twenty.",
    ),
    minimum_version: described(z.string().optional(), "Of `app-version-too-old`: the oldest supported version."),
    stores: described(
      z.object({ ios: z.url(), android: z.url() }).optional(),
      "Of `app-version-too-old`: where to get a newer version.",
    ),
  })
  .register(descriptions, { id: "Problem", description: "Problem details (RFC 9457)." });

/** Arguments of problems that name a detail of the request. */
const sampleArguments: { [Name in ProblemName]?: Parameters<(typeof problems)[Name]> } = {
  methodNotAllowed: ["GET, HEAD"],
  invalidQuery: [[{ parameter: "limit", detail: "must be a whole number from 1 to 100" }]],
  invalidActivity: [[{ pointer: "/activities/0/quantity", detail: "must be a number" }]],
  unknownKind: ["/kind"],
  unknownMember: [[{ pointer: "/activities/0/mood", detail: "is not known here" }]],
  invalidBody: [[{ pointer: "/email", detail: "is not an e-mail address" }]],
  appVersionTooOld: ["1.4.0", appStores],
  commonPassword: ["/password"],
  tooManyRequests: [30],
};

/** One of each problem. */
const sampleProblems = Object.fromEntries([
  ...Object.entries(problems).map(([name, make]) => [
    name,
    (make as (...args: unknown[]) => Problem)(...(sampleArguments[name as ProblemName] ?? [])),
  ]),
  ...Object.entries(gatewayProblems).map(([name, make]) => [name, make()]),
]) as Record<ProblemName | keyof typeof gatewayProblems, Problem>;

const bodyProblems: ProblemName[] = [
  "malformedJson",
  "invalidUtf8",
  "bodyTooLarge",
  "unsupportedMediaType",
  "unsupportedContentEncoding",
  "invalidBody",
];

/** Problems of an operation with preconditions. */
const preconditionProblems: ProblemName[] = ["invalidPrecondition", "preconditionFailed"];

/** Problems of any request. */
const commonProblems = ["malformedRequest", "requestBlocked", "tooManyRequests", "internal", "timedOut"] as const;

/** Problems where there is no operation. */
const unroutedProblems: ProblemName[] = ["routeNotFound", "methodNotAllowed"];

/** All problems that an operation may respond with. */
function listProblems({ parameters = [], body, problems: own }: Operation, security: Security): Problem[] {
  const level = securityLevels.indexOf(security);
  const names = new Set([
    ...(level >= 1 ? (["apiKeyRefused", "invalidAppVersion", "appVersionTooOld"] as const) : []),
    ...(level >= 2 ? (["missingToken", "invalidToken"] as const) : []),
    ...(body ? bodyProblems : []),
    ...(parameters.some(({ name }) => name === "If-Match") ? preconditionProblems : []),
    ...own,
    ...commonProblems,
  ]);
  return [...names].sort().map((name) => sampleProblems[name]);
}

/** A response to some problems of one status. */
export interface ProblemResponse {
  /** Such as `401`, or `default`. */
  status: string;
  /** Its name among the document's components. Operations with the same problems share it. */
  name: string;
  response: object;
  /** The examples that it refers to, by name among the document's components. */
  examples: Record<string, object>;
}

/** The problem responses of an operation, and that of its path to other methods. */
export function problemResponses(operation: Operation, security: Security): ProblemResponse[] {
  const all = listProblems(operation, security);
  const statuses = [...new Set(all.map(({ status }) => status))];
  return [
    ...statuses.map((status) =>
      toProblemResponse(
        String(status),
        all.filter((problem) => problem.status === status),
      ),
    ),
    toProblemResponse(
      "default",
      unroutedProblems.map((name) => sampleProblems[name]),
    ),
  ];
}

/** A problem as a response shows it. */
const toExample = ({ type, title, status, detail, errors, members }: Problem) => ({
  summary: title,
  value: {
    type,
    title,
    status,
    detail,
    instance: `urn:request:${headers["X-Request-Id"].example}`,
    ...(errors && { errors }),
    ...members,
  },
});

const toSlug = (type: string) => type.slice(type.lastIndexOf("/") + 1);

function toProblemResponse(status: string, group: readonly Problem[]): ProblemResponse {
  const schema = {
    allOf: [
      toSchema(problemDetails),
      { type: "object", properties: { type: { enum: group.map(({ type }) => type) } } },
    ],
  };
  const shown = Object.fromEntries(group.map((problem) => [toSlug(problem.type), toExample(problem)]));
  const slugs = Object.keys(shown).sort();
  const examples = Object.fromEntries(slugs.map((slug) => [slug, { $ref: `#/components/examples/${slug}` }]));
  const response = {
    description: group.map(({ title }) => title).join("; "),
    headers: headerReferences([...commonHeaders, ...limitHeaders, ...listHeaderNames(group)]),
    content: {
      "application/problem+json": { schema, examples },
      // AWS WAF supports no other media type for block responses.
      ...(["403", "429"].includes(status) && { "application/json": { schema, examples } }),
    },
  };
  return { status, name: slugs.join("."), response, examples: shown };
}

/** The documented headers of problems, as API Gateway names them. `Connection` belongs to the transport. */
const listHeaderNames = (group: readonly Problem[]) =>
  [...new Set(group.flatMap((problem) => Object.keys(problem.headers)))]
    .map((name) => (name === "WWW-Authenticate" ? `x-amzn-Remapped-${name}` : name))
    .filter((name): name is HeaderName => name in headers);
