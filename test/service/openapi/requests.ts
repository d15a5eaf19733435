import { confirmAddress, getToken, requestReset } from "../../support/mails.ts";
import { type DocumentedOperation, documentedOperations, examplesIn } from "../../support/openapi.ts";
import type { ApiResponse, RequestOptions, TestService } from "../../support/service.ts";
import { newPerson } from "../../support/service.ts";

/** A request as it goes to the service. */
export interface TestRequest extends RequestOptions {
  path: string;
  headers: Record<string, string>;
}

/** The app's key, on every request that does not test its absence. */
export const apiKey = "the app's key";

type Body = Record<string, string>;

/** The examples of an operation's body; one without a name for an operation that takes none. */
export const bodyExamples = ({ requestBody }: DocumentedOperation): [name: string, body: Body | undefined][] =>
  requestBody ? (examplesIn(requestBody.content["application/json"]) as [string, Body][]) : [["no body", undefined]];

const recording = documentedOperations.find(({ operationId }) => operationId === "recordActivities")!;
const registration = documentedOperations.find(({ operationId }) => operationId === "register")!;
const [, [, registrationExample]] = bodyExamples(registration) as [unknown, [string, Body]];

/**
 * Creates the state that an example assumes, and its request. Values that exist only at run time (tokens, session ids) replace those
 * of the example.
 *
 * @param person the person of the example; @default a new one, so that examples can be sent again and again
 */
export async function toRequest(
  service: TestService,
  operation: DocumentedOperation,
  example = bodyExamples(operation)[0]![1],
  { email = newPerson().email }: { email?: string } = {},
): Promise<TestRequest> {
  const headers = { "x-api-key": apiKey };
  const body: Body | undefined = example && { ...example, ...(example.email && { email }) };
  const isForToken = operation.security.some(({ accessToken }) => accessToken);
  if (operation === registration) return { path: operation.path, headers, body };
  if (!body && !isForToken) return { path: operation.path, headers: { ...headers, ...toHeaders(operation) } };
  const person = { ...registrationExample, email };
  const { body: tokens } = await service.send("POST", registration.path, { headers, body: person });
  const token = tokens.access_token;
  const linkToken = await prepareAddress(service, operation, person);
  return {
    path: (await toPath(service, operation, token)) + toQuery(operation),
    headers: { ...headers, ...toHeaders(operation), ...(await getProfileVersion(service, operation, token)) },
    ...(isForToken && { token }),
    body: body && {
      ...body,
      ...(body.refresh_token && { refresh_token: tokens.refresh_token }),
      ...(linkToken !== undefined && { token: linkToken }),
    },
  };
}

/** Operations that need a confirmed address. */
const afterConfirmation = ["exportAccount", "resetPassword"];

/**
 * Confirms the address of a person where an operation needs that.
 * @returns the token of a link for an operation that needs one
 */
async function prepareAddress(
  service: TestService,
  { operationId }: DocumentedOperation,
  person: { email: string },
): Promise<string | undefined> {
  const headers = { "x-api-key": apiKey };
  if (operationId === "confirmEmail") return getToken(service, "email-verification", person.email);
  if (afterConfirmation.includes(operationId)) await confirmAddress(service, person, headers);
  return operationId === "resetPassword" ? requestReset(service, person, headers) : undefined;
}

/** Requests by operation that have changed nothing yet. */
const unspent = new Map<{ method: string }, TestRequest>();

/** The request of {@link toRequest} for a first example, again and again until `send` has had success with it. */
export async function reuseRequest(service: TestService, operation: DocumentedOperation): Promise<TestRequest> {
  const request = unspent.get(operation) ?? (await toRequest(service, operation));
  unspent.set(operation, request);
  return request;
}

/** An operation's path with the id of an existing session, or of the activity of the examples. */
async function toPath(service: TestService, { path }: DocumentedOperation, token: string): Promise<string> {
  const options = { token, headers: { "x-api-key": apiKey } };
  if (path.startsWith("/v1/sessions/")) {
    const { body } = await service.send("GET", "/v1/sessions", options);
    return path.replace("{id}", body.sessions[0].id);
  }
  if (!path.startsWith("/v1/activities/")) return path;
  const body = bodyExamples(recording)[0]![1];
  const { body: response } = await service.send("POST", recording.path, { ...options, body });
  return path.replace("{id}", response.results[0].id);
}

/** The version of the profile that an operation changes: it names the user, who exists only at run time. */
async function getProfileVersion(
  service: TestService,
  { operationId }: DocumentedOperation,
  token: string,
): Promise<Record<string, string>> {
  if (operationId !== "changeProfile") return {};
  const { headers } = await service.send("GET", "/v1/users/me", { token, headers: { "x-api-key": apiKey } });
  return { "if-match": headers.get("etag")! };
}

/** Documented parameters that are sent, with their examples. Neither a cursor nor the version of a resource can be made up. */
const sentParameters = ({ parameters = [] }: DocumentedOperation, place: string): [name: string, example: string][] =>
  parameters
    .filter(
      ({ in: actual, name, required }) => actual === place && (required || !["cursor", "If-Match"].includes(name)),
    )
    .map(({ name, example, schema }) => [
      place === "header" ? name.toLowerCase() : name,
      String(example ?? schema.examples![0]),
    ]);

const toHeaders = (operation: DocumentedOperation) => Object.fromEntries(sentParameters(operation, "header"));

function toQuery(operation: DocumentedOperation): string {
  const query = new URLSearchParams(sentParameters(operation, "query"));
  return query.size > 0 ? `?${query}` : "";
}

/** Sends a request of an operation; one that reads goes without a body. */
export async function send(
  service: TestService,
  operation: { method: string },
  { path, body, ...options }: TestRequest,
): Promise<ApiResponse> {
  if (operation.method === "GET") return service.send("GET", path, options);
  const response = await service.send(operation.method, path, { ...options, body });
  if (response.status < 300) unspent.delete(operation);
  return response;
}
