// Requests with a cached token and profile: the milliseconds of each, and the CPU time of all with the collection of garbage.
const { call, takeTurns } = require("./harness.cjs");

takeTurns(async ({ folder, register, read, requests, warmUp }) => {
  const program = require(folder);
  const { access_token } = JSON.parse(await call(program.register ?? program.handler, register, 201));
  read.headers.Authorization = `Bearer ${access_token}`;
  read.multiValueHeaders.Authorization = [read.headers.Authorization];
  const run = async (count) => {
    const milliseconds = [];
    const events = Array.from({ length: count }, () => structuredClone(read));
    const before = process.cpuUsage();
    for (const event of events) {
      const startedAt = performance.now();
      await call(program.handler, event);
      milliseconds.push(performance.now() - startedAt);
    }
    const { user, system } = process.cpuUsage(before);
    return { milliseconds, cpuMilliseconds: (user + system) / 1000 / count };
  };
  for (let request = 0; request < warmUp; request += requests) await run(requests);
  return () => run(requests);
});
