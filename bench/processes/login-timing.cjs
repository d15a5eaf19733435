// Rejected logins, by kind of account.
const { call, measureInTurns, run } = require("./harness.cjs");

run(async ({ service, registrations, password, logins }) => {
  const { handler, makeOutdated } = require(service);
  for (const register of registrations) await call(handler, register, 201);
  await makeOutdated(password);
  const kinds = Object.entries(logins).map(([kind, login]) => [
    kind,
    { prepare: () => structuredClone(login), work: (event) => call(handler, event, 401) },
  ]);
  return measureInTurns({ warmUpRounds: 20, rounds: 200 }, Object.fromEntries(kinds));
});
