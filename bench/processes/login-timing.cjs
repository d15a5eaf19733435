// Milliseconds of logins that are refused, to an account with a wrong password and to an address without an account, in an
// order that a seed decides.
const { writeSync } = require("node:fs");
const { service, register, wrong, unknown, seed } = JSON.parse(process.argv[2]);

const warmUpRounds = 20;
const rounds = 200;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

(async () => {
  const { handler } = require(service);
  await handler(structuredClone(register), {});
  const next = random(seed);
  const times = { wrong: [], unknown: [] };
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const order = next() < 0.5 ? ["wrong", "unknown"] : ["unknown", "wrong"];
    for (const which of order) {
      const event = structuredClone(which === "wrong" ? wrong : unknown);
      const startedAt = performance.now();
      const { statusCode } = await handler(event, {});
      const time = performance.now() - startedAt;
      if (statusCode !== 401) throw new Error(`answered ${statusCode}`);
      if (round >= warmUpRounds) times[which].push(time);
    }
  }
  writeSync(3, JSON.stringify(times));
  process.exit();
})();
