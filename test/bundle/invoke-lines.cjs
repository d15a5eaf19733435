// A fake of Lambda's runtime. It loads the function in the first argument, invokes it with each line of JSON from standard input,
// and writes each response as a line that begins with RESULT to the standard output, after what the function has logged. The second
// argument is the function's timeout in milliseconds, as its context tells it.
const { createInterface } = require("node:readline");

const timeoutMs = Number(process.argv[3] ?? 30_000);

/** What API Gateway makes of a function that Lambda ends. */
const timedOut = { statusCode: 504, multiValueHeaders: {}, body: "", isBase64Encoded: false };

(async () => {
  const { handler } = await import(process.argv[2]);
  for await (const line of createInterface({ input: process.stdin })) {
    const event = JSON.parse(line);
    const endsAt = Date.now() + timeoutMs;
    const context = { awsRequestId: "id-of-lambda", getRemainingTimeInMillis: () => endsAt - Date.now() };
    let timer;
    // On a busy machine both timers are late, and which of the two is later says nothing about the function: it gets more time
    // than it is told, and its log says what ended the request.
    const timeout = new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs + 60_000, timedOut)));
    const response = await Promise.race([handler(event, context), timeout]);
    clearTimeout(timer);
    process.stdout.write(`RESULT ${JSON.stringify(response)}\n`);
  }
  process.exit();
})();
