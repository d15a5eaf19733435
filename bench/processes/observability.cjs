// Reads of the profile and refreshes: unobserved, with metrics, and with metrics in a trace. The time includes the work that a
// request defers until after its response.
const { setImmediate: deferredWork } = require("node:timers/promises");
const { call, measureInTurns, run } = require("./harness.cjs");

const warmUpRounds = 1_000;

run(async ({ service, unobserved, register, read, refresh, trace }) => {
  const { handler } = require(service);
  const sessions = {
    unobserved: { handler: require(unobserved).handler },
    measured: { handler },
    traced: { handler, trace },
  };
  for (const session of Object.values(sessions)) {
    Object.assign(session, JSON.parse(await call(session.handler, register, 201)));
    register.body = register.body.replace("@", "x@");
  }
  const toKinds = (createEvent, onBody) => {
    const kinds = Object.entries(sessions).map(([kind, session]) => {
      const prepare = () => {
        if (session.trace) process.env._X_AMZN_TRACE_ID = session.trace;
        else delete process.env._X_AMZN_TRACE_ID;
        return createEvent(session);
      };
      const work = async (event) => {
        const body = await call(session.handler, event);
        await deferredWork();
        onBody?.(session, body);
      };
      return [kind, { prepare, work }];
    });
    return Object.fromEntries(kinds);
  };
  const reads = toKinds(({ access_token }) => {
    const event = structuredClone(read);
    event.multiValueHeaders.Authorization = [`Bearer ${access_token}`];
    return event;
  });
  const refreshes = toKinds(
    ({ refresh_token }) => ({ ...structuredClone(refresh), body: JSON.stringify({ refresh_token }) }),
    (session, body) => Object.assign(session, JSON.parse(body)),
  );
  return {
    read: await measureInTurns({ warmUpRounds, rounds: 20_000 }, reads),
    refresh: await measureInTurns({ warmUpRounds, rounds: 2_000 }, refreshes),
  };
});
