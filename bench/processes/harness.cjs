const { writeSync } = require("node:fs");

/** Passes this process's input to `measure`, and writes its result to file descriptor 3. */
exports.run = async (measure) => {
  writeSync(3, JSON.stringify(await measure(JSON.parse(process.argv[2]))));
  process.exit();
};

/**
 * Takes turns with other processes: runs the work that `prepare` returns for this process's input whenever the parent process asks for
 * it, and sends it the result.
 */
exports.takeTurns = async (prepare) => {
  const work = await prepare(JSON.parse(process.argv[2]));
  process.on("message", async () => process.send(await work()));
  process.send("ready");
};

/** Calls a handler, which must return this status. Returns the body as text. */
exports.call = async (handler, event, status = 200) => {
  const { statusCode, body } = await handler(event, { getRemainingTimeInMillis: () => 30_000 });
  if (statusCode !== status) throw new Error(`${event.path} returned ${statusCode}`);
  return body;
};

/**
 * Measures several kinds of work in turns, in a random order each round. `prepare` is not measured; its result is passed to `work`.
 * Returns the milliseconds by kind, without those of the rounds that warm up.
 */
exports.measureInTurns = async ({ warmUpRounds, rounds, repetitions = 1 }, kinds) => {
  const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const order = Object.keys(kinds).map((kind) => ({ kind, rank: Math.random() }));
    for (const { kind } of order.sort((a, b) => a.rank - b.rank)) {
      const { prepare, work } = kinds[kind];
      for (let repetition = 0; repetition < repetitions; repetition++) {
        const input = prepare?.();
        const startedAt = performance.now();
        await work(input);
        const milliseconds = performance.now() - startedAt;
        if (round >= warmUpRounds) times[kind].push(milliseconds);
      }
    }
  }
  return times;
};
