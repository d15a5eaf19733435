// Milliseconds of each request, by program; the programs take turns.
const { call, run } = require("./harness.cjs");

const warmUpRounds = 10;
const rounds = 60;
const requestsPerRound = 300;

run(async ({ service, empty, register, read }) => {
  const handlers = { empty: require(empty).handler, service: require(service).handler };
  const { body } = await call(handlers.service, structuredClone(register), 201);
  read.multiValueHeaders.Authorization = [`Bearer ${JSON.parse(body).access_token}`];

  const times = { empty: [], service: [] };
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const [name, handler] of Object.entries(handlers)) {
      for (let request = 0; request < requestsPerRound; request++) {
        const { milliseconds } = await call(handler, structuredClone(read));
        if (round >= warmUpRounds) times[name].push(milliseconds);
      }
    }
  }
  return times;
});
