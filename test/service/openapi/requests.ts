import { type DocumentedOperation, documentedOperations, examplesIn } from "../../support/openapi.ts";
import type { Answer, RequestOptions, TestService } from "../../support/service.ts";
import { newPerson } from "../../support/service.ts";

/** A request as it goes to the service. */
export interface TestRequest extends RequestOptions {
  path: string;
  headers: Record<string, string>;
}

/** The app's key, on every request that does not try without. */
export const apiKey = "the app's key";

type Body = Record<string, string>;

/** The examples of an operation's body; one without a name for an operation that takes none. */
export const bodyExamples = ({
  requestBody,
}: DocumentedOperation): [name: string, body: Body | undefined][] =>
  requestBody
    ? (examplesIn(requestBody.content["application/json"]) as [string, Body][])
    : [["no body", undefined]];

const registration = documentedOperations.find(({ operationId }) => operationId === "register")!;
const [, [, registrationExample]] = bodyExamples(registration) as [unknown, [string, Body]];

/**
 * Makes the state that an example speaks of, and the request that it stands for: what nobody can know before (tokens, ids of
 * sessions) takes the place of the example's.
 *
 * @param person whose data the example has; @default somebody new, so that examples can be sent again and again
 */
export async function requestOf(
  service: TestService,
  operation: DocumentedOperation,
  example = bodyExamples(operation)[0]![1],
  { email = newPerson().email }: { email?: string } = {},
): Promise<TestRequest> {
  const headers = { "x-api-key": apiKey };
  const body: Body | undefined = example && { ...example, ...(example.email && { email }) };
  if (operation === registration) return { path: operation.path, headers, body };
  const person = { ...registrationExample, email };
  const { body: tokens } = await service.send("POST", registration.path, { headers, body: person });
  const path = operation.path.includes("{id}")
    ? operation.path.replace("{id}", await sessionId(service, tokens.access_token))
    : operation.path;
  return {
    path,
    headers,
    ...(operation.security.some(({ accessToken }) => accessToken) && { token: tokens.access_token }),
    body: body?.refresh_token ? { ...body, refresh_token: tokens.refresh_token } : body,
  };
}

async function sessionId(service: TestService, token: string): Promise<string> {
  const { body } = await service.send("GET", "/v1/sessions", { token, headers: { "x-api-key": apiKey } });
  return body.sessions[0].id;
}

/** Sends a request of an operation. */
export const send = (
  service: TestService,
  { method }: { method: string },
  { path, ...options }: TestRequest,
): Promise<Answer> => service.send(method, path, options);
