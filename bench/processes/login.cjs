// Milliseconds of each login, of one check of the password followed by one signature, and of a signature alone. They
// take turns.
const { writeSync } = require("node:fs");
const { service, register, login, password } = JSON.parse(process.argv[2]);

const warmUpRounds = 40;
const rounds = 60;

(async () => {
  const { handler, signingKey, storedHash, verify } = require(service);
  await handler(structuredClone(register), {});
  const [key, hash] = [await signingKey(), storedHash()];
  const token = Buffer.alloc(400, "a");

  const work = {
    login: async () => {
      const { statusCode } = await handler(structuredClone(login), {});
      if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
    },
    least: async () => {
      await verify(hash, password);
      await key.sign(token);
    },
    sign: () => key.sign(token),
  };
  const times = { login: [], least: [], sign: [] };
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const [name, run] of Object.entries(work)) {
      const startedAt = performance.now();
      await run();
      const time = performance.now() - startedAt;
      if (round >= warmUpRounds) times[name].push(time);
    }
  }
  writeSync(3, JSON.stringify(times));
  process.exit();
})();
