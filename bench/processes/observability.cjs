// Milliseconds of reads of the profile and of refreshes: unobserved, with metrics, and with metrics in a trace. They take turns,
// beginning with another each time. What a request leaves to be done after its answer counts too.
const { setImmediate: afterwards } = require("node:timers/promises");
const { writeSync } = require("node:fs");
const { service, register, read, refresh, trace } = JSON.parse(process.argv[2]);

const warmUp = 1_000;
const requests = { read: 20_000, refresh: 2_000 };

(async () => {
  const { handler, unobserved } = require(service);
  const ways = {
    unobserved: { handler: unobserved },
    measured: { handler },
    traced: { handler, trace },
  };
  for (const way of Object.values(ways)) {
    const { body } = await way.handler(structuredClone(register), {});
    Object.assign(way, JSON.parse(body));
    register.body = register.body.replace("@", "x@");
  }
  const events = {
    read: ({ access_token }) => {
      const event = structuredClone(read);
      event.multiValueHeaders.Authorization = [`Bearer ${access_token}`];
      return event;
    },
    refresh: ({ refresh_token }) => ({
      ...structuredClone(refresh),
      body: JSON.stringify({ refresh_token }),
    }),
  };
  const times = {};
  for (const [kind, eventOf] of Object.entries(events)) {
    times[kind] = { unobserved: [], measured: [], traced: [] };
    const turns = Object.entries(ways);
    for (let request = 0; request < warmUp + requests[kind]; request++) {
      turns.push(turns.shift());
      for (const [name, way] of turns) {
        if (way.trace) process.env._X_AMZN_TRACE_ID = way.trace;
        else delete process.env._X_AMZN_TRACE_ID;
        const event = eventOf(way);
        const startedAt = performance.now();
        const { statusCode, body } = await way.handler(event, {});
        await afterwards();
        const time = performance.now() - startedAt;
        if (statusCode !== 200) throw new Error(`${name}: ${kind} answered ${statusCode}`);
        if (kind === "refresh") Object.assign(way, JSON.parse(body));
        if (request >= warmUp) times[kind][name].push(time);
      }
    }
  }
  writeSync(3, JSON.stringify(times));
  process.exit();
})();
