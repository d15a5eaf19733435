import { randomUUID } from "node:crypto";
import { ActivityQueue, type Client, createClient } from "../../../../clients/mobile/index.ts";
import { Life, PhoneStorage } from "./app.ts";
import type { FaultyService } from "./faulty-service.ts";
import { attack, type Network } from "./network.ts";
import type { Random } from "./random.ts";
import { hour, minute, type VirtualTime } from "./virtual-time.ts";

/** Options of {@link Phone}. */
export interface PhoneOptions {
  name: string;
  person: { email: string; password: string };
  time: VirtualTime;
  random: Random;
  network: Network;
  service: FaultyService;
}

/** Texts of activities, by their sort: the service refuses all but the good ones, each in its way. */
const texts = { good: "🚲", "of no kind": "🚀", "too large": "x".repeat(110_000), "like an attack": attack };

type Sort = keyof typeof texts;

/** A started app. */
interface App {
  life: Life;
  client: Client;
  queue: ActivityQueue;
}

/** A phone and its user. */
export class Phone {
  readonly storage: PhoneStorage;
  /** Notes of the activities that the app has taken. */
  readonly recorded = new Set<string>();
  /** Notes of those, and of those that it was about to take when it failed. */
  readonly attempted = new Set<string>();
  /** Notes of those that the service must refuse. */
  readonly bad = new Set<string>();
  /** Notes of those that the queue has handed over. */
  readonly refused = new Set<string>();
  /** Values of the storage that the queue could not read. */
  readonly unreadable: string[] = [];
  /** The ends of its sessions: at the end of their lifetime, or not. */
  readonly ends: ("expired" | "lost")[] = [];
  readonly #options: PhoneOptions;
  #app: App | undefined;

  constructor(options: PhoneOptions) {
    this.#options = options;
    this.storage = new PhoneStorage(options.time, options.random);
  }

  /** Creates the account, and logs in. */
  async register(): Promise<void> {
    await this.open().client.register({ ...this.#options.person, name: this.#options.name });
  }

  /** Uses the app again and again. */
  async live(until: number): Promise<void> {
    const { time, random } = this.#options;
    this.storage.isPerfect = false;
    for (;;) {
      await time.wait(random.until(8 * hour));
      if (time.now() > until) break;
      const app = this.open();
      await Promise.race([this.#use(app), app.life.over]);
      // In the background, the system kills it sooner or later.
      if (random.chance(0.3)) app.life.end();
    }
    this.storage.isPerfect = true;
  }

  /** Sends what is left, once nothing fails any more. @returns the number of activities that are still queued */
  async finish(): Promise<number> {
    const app = this.open();
    await this.#logIn(app);
    // A bad one is handed over only if the service accepts another.
    await this.#record(app, "good");
    await app.queue.sync();
    // The session may have ended.
    await this.#logIn(app);
    await app.queue.sync();
    return app.queue.length();
  }

  /** The app, which is started if it is not. */
  open(): App {
    if (this.#app) return this.#app;
    const { time, random, network, name } = this.#options;
    const life = new Life();
    const client = createClient({
      baseUrl: "https://api.test",
      apiKey: "not required",
      device: name,
      tokens: this.storage.openTokenStore(life),
      fetch: (request) => life.live(network.send(request)),
      time: { now: time.now, wait: (milliseconds, ended) => life.live(time.wait(milliseconds, ended)) },
      onSessionEnded: () => this.#noteEnd(),
    });
    const queue = new ActivityQueue({
      ...{ client, userId: "1", randomUUID, storage: this.storage.openQueueStorage(life) },
      onRefused: ({ note }) => {
        if (!this.storage.isPerfect && random.chance(0.2)) throw new Error("The app has no screen for it.");
        this.refused.add(note!);
      },
      onUnreadable: (value) => this.unreadable.push(value),
    });
    this.#app = { life, client, queue };
    void life.over.then(() => {
      if (this.#app?.life === life) this.#app = undefined;
    });
    return this.#app;
  }

  async #use(app: App): Promise<void> {
    const { time, random } = this.#options;
    await this.#logIn(app);
    // A user whose app does not work presses again and again.
    const isImpatient = random.chance(0.15);
    for (let actions = isImpatient ? 10 : random.between(1, 4); actions > 0; actions--) {
      await Promise.allSettled(this.#act(app));
      const isPutAside = !isImpatient && random.chance(0.2);
      await time.wait(isPutAside ? random.between(10 * minute, 30 * minute) : random.until(minute));
    }
  }

  #act(app: App): Promise<unknown>[] {
    const { random } = this.#options;
    const { client, queue } = app;
    const record = async () => {
      for (let count = random.chance(0.02) ? 30 : random.between(0, 2); count > 0; count--) {
        await this.#record(app, random.chance(0.06) ? random.pick(Object.keys(texts) as Sort[]) : "good");
      }
    };
    const read = () => (random.chance(0.5) ? client.api.GET("/v1/users/me") : client.api.GET("/v1/sessions"));
    return random.pick([
      () => [record().then(() => queue.sync())],
      () => [record(), record(), queue.sync(), queue.sync(), read()],
      () => [read(), read(), queue.sync()],
      () => [record()],
    ])();
  }

  async #logIn({ client }: App): Promise<void> {
    if (this.storage.tokens) return;
    const { email, password } = this.#options.person;
    await client.login({ email, password }).catch(() => {});
  }

  async #record({ queue }: App, sort: Sort): Promise<void> {
    const { name, time } = this.#options;
    const note = `${name} #${this.attempted.size + 1}: ${texts[sort]}`;
    if (sort !== "good") this.bad.add(note);
    this.attempted.add(note);
    const kind = sort === "of no kind" ? "a rocket" : "bike_trip";
    const occurredAt = new Date(time.now()).toISOString();
    await queue.record({ kind, quantity: 1, note, occurred_at: occurredAt });
    this.recorded.add(note);
  }

  #noteEnd(): void {
    this.ends.push(this.#options.service.isExpired(this.storage.lastTokens!.refreshToken) ? "expired" : "lost");
  }
}
