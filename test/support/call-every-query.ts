import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { confirmAddress, getToken, requestReset } from "./mails.ts";
import { newPerson, type TestService } from "./service.ts";

const day = 24 * 60 * 60;

/** Uses every route that reads or writes the database, in each way that makes another query. */
export async function callEveryQuery({
  send,
  advance,
  mails,
}: Pick<TestService, "send" | "advance" | "mails">): Promise<void> {
  const [person, key] = [newPerson(), randomUUID()];
  const headers = { "idempotency-key": key };
  const register = (body: unknown) => send("POST", "/v1/auth/register", { body, headers });
  let { access_token: token } = (await register(person)).body;
  await register(person);
  const expectOk = async (method: string, path: string, options = {}) => {
    const response = await send(method, path, { token, ...options });
    expect(response.status, `${method} ${path} ${JSON.stringify(response.body)}`).to.be.within(200, 299);
    return response;
  };

  await expectOk("GET", "/health/ready");
  const { headers: profile } = await expectOk("GET", "/v1/users/me");
  const ifMatch = { "if-match": profile.get("etag")! };
  await expectOk("PATCH", "/v1/users/me", { body: { name: "Anna" }, headers: ifMatch });
  await confirmAddress({ send, mails }, person);
  await expectOk("POST", "/v1/auth/email/verification");
  const emails = { new_email: newPerson().email, current_password: person.password };
  await expectOk("PUT", "/v1/auth/email", { body: emails });
  await expectOk("POST", "/v1/auth/email/confirm", {
    body: { token: getToken({ mails }, "email-change", emails.new_email) },
  });
  person.email = emails.new_email;
  const passwords = { current_password: person.password, new_password: "another passphrase" };
  await expectOk("PUT", "/v1/auth/password", { body: passwords });
  const reset = { token: await requestReset({ send, mails }, person), new_password: "a third passphrase" };
  await expectOk("POST", "/v1/auth/password-reset/confirm", { body: reset });
  const login = { email: person.email, password: reset.new_password };
  token = (await expectOk("POST", "/v1/auth/login", { body: login })).body.access_token;

  const activities = Array.from({ length: 3 }, (_, i) => ({
    id: randomUUID(),
    kind: "bike_trip",
    quantity: 1,
    occurred_at: new Date(Date.now() - i * 1000).toISOString(),
  }));
  for (let i = 0; i < 2; i++) await expectOk("POST", "/v1/activities", { body: { activities } });
  const times = `from=${activities[2]!.occurred_at}&to=${new Date().toISOString()}`;
  for (const query of ["", "kind=bike_trip&", `${times}&`, `kind=bike_trip&${times}&`]) {
    const { body } = await expectOk("GET", `/v1/activities?${query}limit=1`);
    await expectOk("GET", `/v1/activities?${query}limit=1&cursor=${body.next_cursor}`);
  }
  await expectOk("GET", `/v1/activities/summary?month=${new Date().toISOString().slice(0, 7)}`);
  const path = `/v1/activities/${activities[0]!.id}`;
  const { headers: activity } = await expectOk("GET", path);
  const changed = { body: { quantity: 2 }, headers: { "if-match": activity.get("etag")! } };
  await expectOk("PATCH", path, changed);
  await expectOk("DELETE", path);
  await expectOk("DELETE", `/v1/activities/${activities[1]!.id}`, { headers: { "if-match": '"1-1"' } });
  await expectOk("GET", "/v1/users/me/export");
  await expectOk("DELETE", "/v1/users/me", { headers: { "if-match": "*" } });

  // A key whose time has passed is freed.
  await register(person);
  advance(day + 1);
  const { access_token: another } = (await register(newPerson())).body;
  // Sweeps up after the account that was deleted before.
  expect((await send("DELETE", "/v1/users/me", { token: another })).status).to.equal(204);
}
