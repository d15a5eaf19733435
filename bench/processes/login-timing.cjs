// Milliseconds of rejected logins, by kind of account, in a random order.
const { call, run } = require("./harness.cjs");

const warmUpRounds = 20;
const rounds = 200;

run(async ({ service, registrations, password, logins }) => {
  const { handler, makeOutdated } = require(service);
  for (const register of registrations) await handler(register, {});
  await makeOutdated(password);
  const kinds = Object.keys(logins);
  const times = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const order = kinds.map((kind) => ({ kind, rank: Math.random() })).sort((a, b) => a.rank - b.rank);
    for (const { kind } of order) {
      const { milliseconds } = await call(handler, structuredClone(logins[kind]), 401);
      if (round >= warmUpRounds) times[kind].push(milliseconds);
    }
  }
  return times;
});
