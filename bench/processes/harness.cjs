const { writeSync } = require("node:fs");

/** Passes this process's input to `measure`, and writes its result to file descriptor 3. */
exports.run = async (measure) => {
  writeSync(3, JSON.stringify(await measure(JSON.parse(process.argv[2]))));
  process.exit();
};

/** Calls a handler, which must return this status. Returns the milliseconds, and the body as text. */
exports.call = async (handler, event, status = 200) => {
  const startedAt = performance.now();
  const { statusCode, body } = await handler(event, {});
  const milliseconds = performance.now() - startedAt;
  if (statusCode !== status) throw new Error(`${event.path} returned ${statusCode}`);
  return { milliseconds, body };
};
