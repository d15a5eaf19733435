import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { ActivityQueue, type Client, createClient } from "../../../clients/mobile/index.ts";
import { newPerson, problemType, startService, type TestService } from "../../support/service.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { MemoryTokenStore } from "./memory-token-store.ts";

const userId = "1";

/** What the storage has for the queue. */
export const key = `ecobeat.activities.${userId}`;

export const kind = "bike_trip";

/** An activity to record, without an id. */
export const activity = (note: string) => ({ kind, quantity: 1, note, occurred_at: new Date().toISOString() });

/** Records one activity for each note. */
export const record = (queue: ActivityQueue, ...notes: string[]) =>
  Promise.all(notes.map((note) => queue.record(activity(note))));

/** The message of the error with which a call must end. */
export const failureOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    (value) => expect.fail(`It resolved to ${JSON.stringify(value)}.`),
    (error: Error) => error.message,
  );

/** A problem in place of the service's response. */
export const problem = (status: number, slug: string): Response =>
  Response.json({ type: problemType(slug), title: slug, status, detail: "" }, { status });

/** The response of the service to a batch, with other results. */
export async function withResults(request: Request, change: (results: { id: string }[]) => unknown): Promise<Response> {
  const response = await fetch(request);
  return Response.json({ results: change(((await response.json()) as { results: { id: string }[] }).results) });
}

/** Queues of one phone, whose user is registered again before each test. */
class Queues {
  service!: TestService;
  client!: Client;
  storage!: MemoryStorage;
  /** The notes of refused activities, each with the last part of its problem's type. */
  refused: string[] = [];
  unreadable: string[] = [];
  /** The notes of the activities of each batch, as sent. */
  sent: string[][] = [];
  /** Responds to a batch in place of the service; undefined leaves it to the service. */
  respond: (notes: string[], request: Request) => Promise<Response | undefined> = async () => undefined;

  async reset(): Promise<void> {
    this.storage = new MemoryStorage();
    [this.refused, this.unreadable, this.sent] = [[], [], []];
    this.respond = async () => undefined;
    this.client = createClient({
      baseUrl: this.service.url,
      apiKey: "not required",
      tokens: new MemoryTokenStore(),
      fetch: async (request) => {
        if (request.method !== "POST" || !request.url.endsWith("/v1/activities")) return fetch(request);
        const notes = ((await request.clone().json()) as { activities: { note: string }[] }).activities.map(
          (item) => item.note,
        );
        this.sent.push(notes);
        return (await this.respond(notes, request)) ?? fetch(request);
      },
    });
    // The embedded database writes them all again for each new one.
    await (await this.service.backends.database()).collection("activities").deleteMany({});
    await this.client.register(newPerson());
  }

  open(onRefused: (note: string) => void | Promise<void> = (note) => void this.refused.push(note)): ActivityQueue {
    const { client, storage } = this;
    return new ActivityQueue({
      ...{ client, userId, storage, randomUUID },
      onRefused: ({ note }, { type }) => onRefused(`${note?.slice(0, 20)}: ${type.split("/").at(-1)}`),
      onUnreadable: (value) => this.unreadable.push(value),
    });
  }

  queuedNotes(): string[] {
    return JSON.parse(this.storage.values.get(key) ?? "[]").map(({ note }: { note: string }) => note);
  }

  async storedNotes(): Promise<(string | null)[]> {
    const { data } = await this.client.api.GET("/v1/activities", { params: { query: { limit: 100 } } });
    return data!.activities.map(({ note }) => note).sort();
  }
}

/** Queues against a service, for the tests of a suite. */
export function useQueues(): Queues {
  const queues = new Queues();
  before(async () => {
    queues.service = await startService();
  });
  after(() => queues.service.stop());
  beforeEach(() => queues.reset());
  return queues;
}
