import { randomUUID } from "node:crypto";
import type { components } from "../../../clients/mobile/index.ts";
import { toActivityKey } from "../../../service/activities/repository.ts";
import { newPerson, problemType } from "../../support/service.ts";
import type { Operation } from "./names.ts";
import type { Phone, Route } from "./phone.ts";
import type { Rig } from "./rig.ts";

type Problem = components["schemas"]["Problem"] | undefined;

/** One request of the app, prepared. */
export interface Attempt {
  /** Sends it, as the app does. @returns the problem, if there is one */
  send(): Promise<Problem>;
  /** Types of problems that are right if the request was executed, and its response was lost. */
  repeated?: string[];
  /** What is wrong with what the service has stored, now that it has said that it was done. */
  findLoss(): Promise<string | undefined>;
}

export interface TestedOperation extends Route {
  /** Of its success. */
  status: number;
  /** Whether the fault lasts until the client gives up: the client then has something to lose. @default it ends with the first response */
  isPersistent?: boolean;
  prepare(phone: Phone, rig: Rig): Promise<Attempt>;
}

const trip = () => ({ kind: "bike_trip", quantity: 4.2, occurred_at: new Date(Date.now() - 3_600_000).toISOString() });

/** Stores an activity. */
async function store({ client }: Phone): Promise<string> {
  const id = randomUUID();
  const { error } = await client.api.POST("/v1/activities", { body: { activities: [{ id, ...trip() }] } });
  if (error) throw new Error(`the steady service refused an activity: ${error.type}`);
  return id;
}

/** What the database has of one of the phone's activities. */
export const findActivity = (rig: Rig, phone: Phone, id: string) =>
  rig.database
    .collection<{ _id: string; note?: string }>("activities")
    .findOne({ _id: toActivityKey(phone.userId, id) });

export const testedOperations: Record<Operation, TestedOperation> = {
  register: {
    ...{ method: "POST", path: /^\/v1\/auth\/register$/, status: 201 },
    async prepare({ client }, rig) {
      const [person, formKey] = [newPerson(), randomUUID()];
      return {
        send: async () => (await client.register(person, formKey)).error,
        async findLoss() {
          const count = await rig.database.collection("users").countDocuments({ email: person.email });
          if (count !== 1) return `there are ${count} accounts`;
          const { data } = await client.api.GET("/v1/users/me");
          return data?.email === person.email ? undefined : "the phone has no token of the account";
        },
      };
    },
  },

  login: {
    ...{ method: "POST", path: /^\/v1\/auth\/login$/, status: 200 },
    async prepare(phone) {
      const { email, password } = phone.person;
      return {
        send: async () => (await phone.client.login({ email, password })).error,
        findLoss: () => findLostSession(phone),
      };
    },
  },

  refresh: {
    ...{ method: "POST", path: /^\/v1\/auth\/refresh$/, status: 200, isPersistent: true },
    async prepare(phone) {
      await phone.expireToken();
      return {
        send: async () => (await phone.client.api.GET("/v1/users/me")).error,
        findLoss: async () => (phone.hasLoggedOut ? "the user is logged out" : findLostSession(phone)),
      };
    },
  },

  batch: {
    ...{ method: "POST", path: /^\/v1\/activities$/, status: 200, isPersistent: true },
    async prepare(phone, rig) {
      const { queue, client } = phone;
      for (let count = 0; count < 2; count++) await queue.record(trip());
      const queued = await phone.readQueue();
      // The response to one was lost.
      await client.api.POST("/v1/activities", { body: { activities: queued.slice(0, 1) as never } });
      return {
        send: () => queue.sync(),
        async findLoss() {
          for (const { id } of queued) if (!(await findActivity(rig, phone, id))) return `activity ${id} is lost`;
          return undefined;
        },
      };
    },
  },

  list: {
    ...{ method: "GET", path: /^\/v1\/activities$/, status: 200 },
    async prepare(phone) {
      const id = await store(phone);
      let seen: string[] | undefined;
      return {
        async send() {
          const { data, error } = await phone.client.api.GET("/v1/activities");
          seen = data?.activities.map((each) => each.id);
          return error;
        },
        findLoss: async () => (seen?.includes(id) ? undefined : "the list lacks a stored activity"),
      };
    },
  },

  change: {
    ...{ method: "PATCH", path: /^\/v1\/activities\/[^/]+$/, status: 200 },
    async prepare(phone, rig) {
      const path = { id: await store(phone) };
      const { api } = phone.client;
      const header = {
        "If-Match": (await api.GET("/v1/activities/{id}", { params: { path } })).response.headers.get("ETag")!,
      };
      return {
        send: async () =>
          (await api.PATCH("/v1/activities/{id}", { params: { path, header }, body: { note: "changed" } })).error,
        repeated: [problemType("precondition-failed")],
        async findLoss() {
          const { note } = (await findActivity(rig, phone, path.id)) ?? {};
          return note === "changed" ? undefined : "the change is lost";
        },
      };
    },
  },

  delete: {
    ...{ method: "DELETE", path: /^\/v1\/activities\/[^/]+$/, status: 204 },
    async prepare(phone, rig) {
      const path = { id: await store(phone) };
      return {
        send: async () => (await phone.client.api.DELETE("/v1/activities/{id}", { params: { path } })).error,
        repeated: [problemType("activity-not-found")],
        async findLoss() {
          const left = await findActivity(rig, phone, path.id);
          return left && "deletedAt" in left ? undefined : "the activity is not deleted";
        },
      };
    },
  },

  export: {
    ...{ method: "GET", path: /^\/v1\/users\/me\/export$/, status: 200 },
    async prepare(phone) {
      const id = await store(phone);
      let seen: string[] | undefined;
      return {
        async send() {
          const { data, error } = await phone.client.api.GET("/v1/users/me/export");
          seen = data?.activities.map((each) => each.id);
          return error;
        },
        findLoss: async () => (seen?.includes(id) ? undefined : "the export lacks a stored activity"),
      };
    },
  },
};

/** Whether the phone has the tokens of an open session: the next refresh succeeds. */
async function findLostSession({ client, tokens }: Phone): Promise<string | undefined> {
  const { error } = await client.api.GET("/v1/sessions");
  if (error) return `the access token gets ${error.type}`;
  const { refreshToken } = tokens.tokens!;
  const { data, error: refused } = await client.api.POST("/v1/auth/refresh", { body: { refresh_token: refreshToken } });
  if (!data) return `the refresh token gets ${refused.type}`;
  await tokens.write({ accessToken: data.access_token, refreshToken: data.refresh_token });
  return undefined;
}
