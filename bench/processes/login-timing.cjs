// Milliseconds of logins that are refused, by kind of account, in an order that a seed decides.
const { writeSync } = require("node:fs");
const { service, registrations, password, refused, seed } = JSON.parse(process.argv[2]);

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
  const { handler, makeOutdated } = require(service);
  for (const register of registrations) await handler(register, {});
  await makeOutdated(password);
  const next = random(seed);
  const kinds = Object.keys(refused);
  const times = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const order = kinds.map((kind) => ({ kind, place: next() })).sort((a, b) => a.place - b.place);
    for (const { kind } of order) {
      const event = structuredClone(refused[kind]);
      const startedAt = performance.now();
      const { statusCode } = await handler(event, {});
      const time = performance.now() - startedAt;
      if (statusCode !== 401) throw new Error(`answered ${statusCode}`);
      if (round >= warmUpRounds) times[kind].push(time);
    }
  }
  writeSync(3, JSON.stringify(times));
  process.exit();
})();
