// Milliseconds of reads of the profile and of refreshes: unobserved, with metrics, and with metrics in a trace. They take turns,
// and another begins each time. The time includes the work that a request defers until after its response.
const { setImmediate: deferredWork } = require("node:timers/promises");
const { call, run } = require("./harness.cjs");

const warmUp = 1_000;
const requests = { read: 20_000, refresh: 2_000 };

run(async ({ service, register, read, refresh, trace }) => {
  const { handler, unobserved } = require(service);
  const modes = {
    unobserved: { handler: unobserved },
    measured: { handler },
    traced: { handler, trace },
  };
  for (const mode of Object.values(modes)) {
    const { body } = await call(mode.handler, structuredClone(register), 201);
    Object.assign(mode, JSON.parse(body));
    register.body = register.body.replace("@", "x@");
  }
  const createEvent = {
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
  for (const kind of Object.keys(requests)) {
    times[kind] = { unobserved: [], measured: [], traced: [] };
    const turns = Object.entries(modes);
    for (let request = 0; request < warmUp + requests[kind]; request++) {
      turns.push(turns.shift());
      for (const [name, mode] of turns) {
        if (mode.trace) process.env._X_AMZN_TRACE_ID = mode.trace;
        else delete process.env._X_AMZN_TRACE_ID;
        const event = createEvent[kind](mode);
        const startedAt = performance.now();
        const { body } = await call(mode.handler, event);
        await deferredWork();
        const milliseconds = performance.now() - startedAt;
        if (kind === "refresh") Object.assign(mode, JSON.parse(body));
        if (request >= warmUp) times[kind][name].push(milliseconds);
      }
    }
  }
  return times;
});
