// Milliseconds of each login, of one password verification followed by one signature, and of a signature alone. They take turns.
const { call, run } = require("./harness.cjs");

const warmUpRounds = 40;
const rounds = 60;

run(async ({ service, register, login, password }) => {
  const { handler, signingKey, storedHash, verify } = require(service);
  await handler(structuredClone(register), {});
  const [key, hash] = [await signingKey(), storedHash()];
  const token = Buffer.alloc(400, "a");

  const work = {
    login: () => call(handler, structuredClone(login)),
    minimum: async () => {
      await verify(hash, password);
      await key.sign(token);
    },
    sign: () => key.sign(token),
  };
  const times = { login: [], minimum: [], sign: [] };
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const [name, measured] of Object.entries(work)) {
      const startedAt = performance.now();
      await measured();
      const milliseconds = performance.now() - startedAt;
      if (round >= warmUpRounds) times[name].push(milliseconds);
    }
  }
  return times;
});
