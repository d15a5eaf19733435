// From the start of `require` to the first response.
const { call, run } = require("./harness.cjs");

run(async ({ folder, event }) => {
  const startedAt = performance.now();
  await call(require(folder).handler, event);
  return performance.now() - startedAt;
});
