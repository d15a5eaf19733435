// A login, one password verification followed by one signature, and a signature alone.
const { call, measureInTurns, run } = require("./harness.cjs");

run(async ({ service, register, login, password }) => {
  const { handler, signingKey, storedHash, verify } = require(service);
  await call(handler, register, 201);
  const [key, hash] = [await signingKey(), storedHash()];
  const token = Buffer.alloc(400, "a");
  return measureInTurns(
    { warmUpRounds: 40, rounds: 60 },
    {
      login: { prepare: () => structuredClone(login), work: (event) => call(handler, event) },
      minimum: {
        work: async () => {
          await verify(hash, password);
          await key.sign(token);
        },
      },
      sign: { work: () => key.sign(token) },
    },
  );
});
