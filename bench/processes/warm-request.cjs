// Milliseconds of each request, by program; the programs take turns.
const { writeSync } = require("node:fs");
const { service, empty, register, read } = JSON.parse(process.argv[2]);

const warmUpRounds = 10;
const rounds = 60;
const requestsPerRound = 300;

(async () => {
  const programs = { empty: require(empty).handler, service: require(service).handler };
  const { body } = await programs.service(structuredClone(register), {});
  read.multiValueHeaders.Authorization = [`Bearer ${JSON.parse(body).access_token}`];

  const times = { empty: [], service: [] };
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const [name, handler] of Object.entries(programs)) {
      for (let request = 0; request < requestsPerRound; request++) {
        const event = structuredClone(read);
        const startedAt = performance.now();
        const { statusCode } = await handler(event, {});
        const time = performance.now() - startedAt;
        if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}`);
        if (round >= warmUpRounds) times[name].push(time);
      }
    }
  }
  writeSync(3, JSON.stringify(times));
  process.exit();
})();
