import type { OutgoingHttpHeaders } from "node:http";
import { createRequire } from "node:module";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { expect } from "chai";
import fc from "fast-check";
import { toApiGatewayEvent } from "../../../scripts/aws/api-gateway-event.ts";
import { eventSource, isBinary } from "../../../service/cloud/api-gateway.ts";

const require = createRequire(import.meta.url);
const folder = "@vendia/serverless-express/src";
/** The adapter's own functions. */
const adapter: typeof eventSource = require(`${folder}/event-sources/aws/api-gateway-v1.js`);
const adapterIsBinary: (response: { headers: OutgoingHttpHeaders; binarySettings: object }) => boolean = require(
  `${folder}/is-binary.js`,
);

const text = fc.string({ unit: fc.constantFrom(..."aB-/?#%&=;,é 🚲") });
const headerName = fc.constantFrom("Accept", "content-type", "Content-Encoding", "X-Forwarded-For", "CONTENT-LENGTH");

/** Events as API Gateway sends them: it repeats each header in `multiValueHeaders`. */
const events: fc.Arbitrary<APIGatewayProxyEvent> = fc
  .record({
    method: fc.constantFrom("GET", "POST"),
    path: text.map((each) => `/${each}`),
    headers: fc.dictionary(headerName, fc.array(text, { minLength: 1, maxLength: 3 })),
    query: fc.option(fc.dictionary(text, fc.array(text, { minLength: 1, maxLength: 3 }))),
    body: fc.oneof(fc.constant(undefined), text, fc.uint8Array()),
  })
  .map(({ query, ...request }) => ({
    ...toApiGatewayEvent(request),
    multiValueQueryStringParameters: query,
    pathParameters: null,
  }));

const contentTypes = ["application/json; charset=utf-8", "image/png", "image/svg+xml; a=b", "text/image/", undefined];
const encodings = ["gzip", "br, identity", "deflate", "identity", undefined];

describe("What the handler hands the adapter", () => {
  it("is the request that the adapter's own function makes of an event", () => {
    fc.assert(
      fc.property(events, (event) => {
        const context = { event, context: {}, log: {} };
        expect(eventSource.getRequest(context)).to.deep.equal(adapter.getRequest(context));
      }),
    );
  });

  it("is the result that the adapter's own function makes of a response", () => {
    const value = fc.oneof(text, fc.nat(), fc.array(text, { minLength: 1 }));
    fc.assert(
      fc.property(
        fc.record({
          statusCode: fc.integer({ min: 200, max: 599 }),
          headers: fc.dictionary(fc.constantFrom("etag", "vary", "link", "content-length"), value),
          body: text,
          isBase64Encoded: fc.boolean(),
        }),
        (response) => {
          expect(eventSource.getResponse(response)).to.deep.equal(adapter.getResponse(response));
        },
      ),
    );
  });

  it("is binary by the adapter's own rules", () => {
    const found = contentTypes.flatMap((type) =>
      encodings.map((encoding) => {
        const headers = { ...(type && { "content-type": type }), ...(encoding && { "content-encoding": encoding }) };
        const expected = adapterIsBinary({ headers, binarySettings: {} });
        expect(isBinary({ headers }), JSON.stringify(headers)).to.equal(expected);
        return expected;
      }),
    );
    expect(found).to.include.members([true, false]);
  });
});
