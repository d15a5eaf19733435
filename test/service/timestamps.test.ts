import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { confirmAddress } from "../support/mails.ts";
import { clockFromToday, newPerson, startService, useService } from "../support/service.ts";

/** RFC 3339 in UTC, to the millisecond. */
const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** All times in a response, with the names of their members: by name or by form. */
function timesIn(value: unknown, name = ""): [name: string, value: unknown][] {
  if (value !== null && typeof value === "object") {
    return Object.entries(value).flatMap(([key, inner]) => timesIn(inner, key));
  }
  const isTime = name.endsWith("_at") || (typeof value === "string" && /^\d{4}-\d\d-\d\d[T ]/.test(value));
  return isTime ? [[name, value]] : [];
}

describe("Times in the API's responses", () => {
  const service = useService(() => startService({}, {}, clockFromToday));

  it("are in UTC with a Z, whatever zone the client sent", async () => {
    const person = newPerson();
    const registered = await service.send("POST", "/v1/auth/register", { body: person });
    await confirmAddress(service, person);
    const token: string = registered.body.access_token;
    const id = randomUUID();
    const activity = { id, kind: "bike_trip", quantity: 1, occurred_at: "2026-07-01T01:30:00+02:00" };
    const requests: [string, string, object?, object?][] = [
      ["GET", "/v1/users/me"],
      ["PATCH", "/v1/users/me", { name: "Anna" }],
      ["GET", "/v1/sessions"],
      ["POST", "/v1/activities", { activities: [activity] }],
      ["GET", "/v1/activities"],
      ["GET", `/v1/activities/${id}`],
      ["PATCH", `/v1/activities/${id}`, { occurred_at: "2026-07-01T02:30:00-01:30" }, { "if-match": "*" }],
      ["GET", "/v1/activities/summary?month=2026-07"],
      ["GET", "/v1/users/me/export"],
    ];
    const times = timesIn(registered.body);
    for (const [method, path, body, headers = {}] of requests) {
      const response = await service.send(method, path, { token, body, headers: { ...headers } });
      expect(response.status, `${method} ${path}`).to.equal(200);
      times.push(...timesIn(response.body));
    }
    for (const [name, time] of times) expect(time, name).to.be.a("string").and.match(utc);
    const named = new Set(times.map(([name]) => name));
    const expected = ["created_at", "updated_at", "last_used_at", "occurred_at", "exported_at"];
    expect([...named]).to.have.members(expected);
    const occurred = times.filter(([name]) => name === "occurred_at").map(([, time]) => time);
    expect(new Set(occurred)).to.deep.equal(new Set(["2026-06-30T23:30:00.000Z", "2026-07-01T04:00:00.000Z"]));
  });
});
