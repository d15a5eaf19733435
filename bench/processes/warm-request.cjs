// Each request, by program.
const { call, measureInTurns, run } = require("./harness.cjs");

run(async ({ service, empty, register, read }) => {
  const handlers = { empty: require(empty).handler, service: require(service).handler };
  const body = await call(handlers.service, register, 201);
  read.multiValueHeaders.Authorization = [`Bearer ${JSON.parse(body).access_token}`];
  const kinds = Object.entries(handlers).map(([kind, handler]) => [
    kind,
    { prepare: () => structuredClone(read), work: (event) => call(handler, event) },
  ]);
  return measureInTurns({ warmUpRounds: 10, rounds: 60, repetitions: 300 }, Object.fromEntries(kinds));
});
