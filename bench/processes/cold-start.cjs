// Milliseconds from the start of `require` to the first answer.
const { writeSync } = require("node:fs");
const { folder, event } = JSON.parse(process.argv[2]);

const startedAt = performance.now();
const { handler } = require(folder);
handler(event, {}).then(({ statusCode }) => {
  const time = performance.now() - startedAt;
  if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
  writeSync(3, JSON.stringify(time));
  process.exit();
});
