// A fake of Lambda's runtime. It loads the function in the first argument, invokes it with each line of JSON from standard input,
// and writes each response as a line to file descriptor 3. The second argument is the function's timeout in milliseconds.
const { writeSync } = require("node:fs");
const { createInterface } = require("node:readline");

const { handler } = require(process.argv[2]);
const timeoutMs = Number(process.argv[3] ?? 30_000);

/** What API Gateway makes of a function that Lambda ends. */
const timedOut = { statusCode: 504, multiValueHeaders: {}, body: "", isBase64Encoded: false };

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const event = JSON.parse(line);
    const endsAt = Date.now() + timeoutMs;
    const context = { awsRequestId: "id-of-lambda", getRemainingTimeInMillis: () => endsAt - Date.now() };
    let timer;
    const timeout = new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs, timedOut)));
    const response = await Promise.race([handler(event, context), timeout]);
    clearTimeout(timer);
    writeSync(3, `${JSON.stringify(response)}\n`);
  }
  process.exit();
})();
