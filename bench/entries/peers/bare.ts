import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import { runUntil } from "../../../service/platform/deadline.ts";
import { work } from "./in-process.ts";

export { register } from "./in-process.ts";

const headers = Object.fromEntries(work.headers.map(([name, value]) => [name, [value]]));

/** Without a framework: the floor. */
export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  const request = work.begin(event.requestContext.requestId, context.getRemainingTimeInMillis());
  const values = toLowerCase(event.multiValueHeaders);
  return runUntil(request.deadline, async () => {
    work.requireVersion((name) => values[name]);
    await work.authenticate(request, values.authorization);
    const { tag, profile, isKnown } = await work.read(request, (name) => values[name]);
    const multiValueHeaders = {
      ...headers,
      "X-Request-Id": [request.id],
      ETag: [tag],
      ...(!isKnown && { "Content-Type": ["application/json; charset=utf-8"] }),
    };
    const statusCode = isKnown ? 304 : 200;
    const body = isKnown ? "" : JSON.stringify(profile);
    const result = { statusCode, multiValueHeaders, body, isBase64Encoded: false };
    work.end(request, statusCode);
    return result;
  });
}

function toLowerCase(headers: APIGatewayProxyEvent["multiValueHeaders"]): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  for (const name in headers) values[name.toLowerCase()] = headers[name]?.join(", ");
  return values;
}
