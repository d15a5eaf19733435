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
    const { tag, profile } = await work.read(request);
    const multiValueHeaders = {
      ...headers,
      "X-Request-Id": [request.id],
      ETag: [tag],
      "Content-Type": ["application/json; charset=utf-8"],
    };
    const result = { statusCode: 200, multiValueHeaders, body: JSON.stringify(profile), isBase64Encoded: false };
    work.end(request, 200);
    return result;
  });
}

function toLowerCase(headers: APIGatewayProxyEvent["multiValueHeaders"]): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  for (const name in headers) values[name.toLowerCase()] = headers[name]?.join(", ");
  return values;
}
