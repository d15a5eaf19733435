// Milliseconds from the start of `require` to the first response.
const { run } = require("./harness.cjs");

run(async ({ folder, event }) => {
  const startedAt = performance.now();
  const { handler } = require(folder);
  const { statusCode } = await handler(event, {});
  const milliseconds = performance.now() - startedAt;
  if (statusCode !== 200) throw new Error(`returned ${statusCode}`);
  return milliseconds;
});
