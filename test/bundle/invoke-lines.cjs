// Stands in for Lambda's runtime: loads the function named by the first argument, hands it the events that come in
// as lines of JSON, one after the other, and writes each answer as a line to file descriptor 3.
const { writeSync } = require("node:fs");
const { createInterface } = require("node:readline");

const { handler } = require(process.argv[2]);

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const event = JSON.parse(line);
    const answer = await handler(event, { awsRequestId: event.requestContext.requestId });
    writeSync(3, `${JSON.stringify(answer)}\n`);
  }
  process.exit();
})();
