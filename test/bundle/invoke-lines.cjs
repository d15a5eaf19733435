// A fake of Lambda's runtime. It loads the function in the first argument, invokes it with each line of JSON from standard input,
// and writes each response as a line to file descriptor 3.
const { writeSync } = require("node:fs");
const { createInterface } = require("node:readline");

const { handler } = require(process.argv[2]);

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const event = JSON.parse(line);
    const response = await handler(event, { awsRequestId: "id-of-lambda" });
    writeSync(3, `${JSON.stringify(response)}\n`);
  }
  process.exit();
})();
