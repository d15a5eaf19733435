// Requests with a cached token and profile: the milliseconds of each, and its response without ids.
const { call, takeTurns } = require("./harness.cjs");

takeTurns(async ({ folder, register, read, requests, warmUp }) => {
  const program = require(folder);
  const { access_token } = JSON.parse(await call(program.register ?? program.handler, register, 201));
  read.headers.Authorization = `Bearer ${access_token}`;
  read.multiValueHeaders.Authorization = [read.headers.Authorization];
  const run = async (count) => {
    const milliseconds = [];
    for (let request = 0; request < count; request++) {
      const event = structuredClone(read);
      const startedAt = performance.now();
      await call(program.handler, event);
      milliseconds.push(performance.now() - startedAt);
    }
    return milliseconds;
  };
  await run(warmUp);
  return () => run(requests);
});
