import type { components } from "../../clients/mobile/index.ts";
import type { Random } from "../clients/mobile/simulation/random.ts";
import { type NewPerson, newPerson } from "../support/service.ts";
import type { Faults } from "./faults.ts";
import type { CompatGateway } from "./gateway.ts";
import { Phone } from "./phone.ts";
import type { Version } from "./version.ts";

type Schemas = components["schemas"];

/** Options of {@link User}. */
export interface UserOptions {
  /** Whose apps the user has. */
  readonly versions: readonly Version[];
  readonly number: number;
  readonly gateway: CompatGateway;
  readonly faults: Faults;
  readonly random: Random;
  /** When activities were done, in milliseconds since the epoch. */
  readonly occurredAt: number;
  /** Kinds of activities that the old version lists. */
  readonly familiarKinds: ReadonlySet<string>;
  /** From 0 to 1: a user who refreshes or logs in too often would meet a rate limit. */
  readonly getProgress: () => number;
}

/** In a run, which may take less than a minute, less than the limits by session and by user. */
const most = { refresh: 20, login: 15 };

/** A user with a phone of each version, who uses one of them at a time. */
export class User {
  readonly person: NewPerson = newPerson();
  readonly #options: UserOptions;
  readonly #phones: readonly Phone[];
  readonly #address: string;
  /** Quantities of the activities that the service must have, by note. */
  readonly #recorded = new Map<string, number>();
  readonly #done = { refresh: 0, login: 0 };
  #noted = 0;

  constructor(options: UserOptions) {
    const { versions, number } = options;
    this.#options = options;
    this.#address = `198.18.${Math.floor(number / 250) % 250}.${1 + (number % 250)}`;
    const { person } = this;
    this.#phones = versions.map((version) => new Phone({ ...options, version, person, address: this.#address }));
  }

  get #credentials(): { email: string; password: string } {
    const { email, password } = this.person;
    return { email, password };
  }

  /**
   * Creates the account on the first phone, and logs in on the others.
   * @returns whether all are logged in
   */
  async register(): Promise<boolean> {
    const [first, ...others] = this.#phones as [Phone, ...Phone[]];
    let { response } = await first.client.register(this.person);
    for (const { client } of others) if (response.ok) ({ response } = await client.login(this.#credentials));
    return response.ok;
  }

  /** Does everything once, in any order, each on any phone. */
  async useOnce(): Promise<void> {
    const actions = [
      (phone: Phone) => this.#record(phone),
      (phone: Phone) => this.#record(phone, "offline"),
      (phone: Phone) => this.#readProfile(phone),
      (phone: Phone) => this.#readProfile(phone),
      (phone: Phone) => this.#rename(phone),
      () => this.#readSummaries(),
      (phone: Phone) => this.#changeActivity(phone),
      (phone: Phone) => this.#deleteActivity(phone),
      (phone: Phone) => this.#useSessions(phone),
      (phone: Phone) => this.#refresh(phone),
      (phone: Phone) => this.#logIn(phone),
    ];
    while (actions.length > 0) {
      const { random, faults } = this.#options;
      const [act] = actions.splice(Math.floor(random.next() * actions.length), 1);
      const phone = random.pick(this.#phones);
      await act!(phone).catch((error) => faults.addError(phone.app, error));
    }
  }

  /** Compares what the service has with what the phones recorded. */
  async verify(): Promise<void> {
    const { faults } = this.#options;
    for (const phone of this.#phones) {
      const problem = await phone.queue.sync();
      // Still queued: nothing can be said.
      if (problem) return this.#noteKept(phone, problem);
    }
    const phone = this.#options.random.pick(this.#phones);
    const activities = await this.#list(phone);
    const notes = activities.map(({ note }) => note!);
    const missing = [...this.#recorded.keys()].filter((note) => !notes.includes(note));
    const foreign = notes.filter((note, index) => !this.#recorded.has(note) || notes.indexOf(note) !== index);
    const changed = activities.filter(({ note, quantity }) => (this.#recorded.get(note!) ?? quantity) !== quantity);
    if (missing.length > 0) faults.add("activities are lost", missing.join(", "));
    if (foreign.length > 0) faults.add("activities are stored twice, or were deleted", foreign.join(", "));
    if (changed.length > 0) faults.add("activities have another content", JSON.stringify(changed));
  }

  /** Deletes the account, which then cannot be used. */
  async leave(): Promise<void> {
    const { faults, gateway } = this.#options;
    await this.#options.random.pick(this.#phones).client.api.DELETE("/v1/users/me");
    const login = new Request("https://api.test/v1/auth/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(this.#credentials),
    });
    const { response, version } = await gateway.send(login, this.#address);
    if (response.status !== 401) faults.add(`the ${version.name} version let a deleted user in`, `${response.status}`);
  }

  async #record(phone: Phone, network: "online" | "offline" = "online"): Promise<void> {
    const { random, number, occurredAt, faults, familiarKinds } = this.#options;
    const kinds = await phone.read<Schemas["ActivityKinds"]>("/v1/activity-kinds");
    for (let count = 1 + Math.floor(random.next() * 3); count > 0 && kinds; count--) {
      const listed = kinds.body.kinds.map(({ id }) => id);
      const kind = listed.find((id) => !familiarKinds.has(id)) ?? random.pick(listed);
      const note = `${number}.${++this.#noted}`;
      const activity = { kind, quantity: 1, note, occurred_at: new Date(occurredAt).toISOString() };
      await phone.queue.record(activity);
      this.#recorded.set(note, 1);
    }
    if (network === "offline") return;
    const problem = await phone.queue.sync();
    if (problem) this.#noteKept(phone, problem);
    else if ((await phone.queue.length()) > 0) faults.add(`${phone.app} still has activities, for no reason`);
  }

  async #readProfile(phone: Phone): Promise<void> {
    const read = await phone.read<Schemas["Profile"]>("/v1/users/me");
    if (read && read.body.name !== this.person.name)
      this.#options.faults.add(`${phone.app} read an old name`, `${read.body.name}, not ${this.person.name}`);
  }

  async #rename(phone: Phone): Promise<void> {
    const read = await phone.read("/v1/users/me");
    if (!read) return;
    const name = `Ann ${++this.#noted}`;
    const { data } = await phone.client.api.PATCH("/v1/users/me", {
      body: { name },
      params: { header: { "If-Match": read.etag } },
    });
    if (data) this.person.name = name;
  }

  /** Several times on each phone, since the version that responds may find what the other one has cached. */
  async #readSummaries(): Promise<void> {
    for (let count = 0; count < 3; count++) {
      for (const phone of this.#phones) await this.#readSummary(phone);
    }
  }

  async #readSummary(phone: Phone): Promise<void> {
    const month = new Date(this.#options.occurredAt).toISOString().slice(0, 7);
    const { data } = await phone.client.api.GET("/v1/activities/summary", { params: { query: { month } } });
    const queued = await Promise.all(this.#phones.map(({ queue }) => queue.length()));
    const expected = this.#recorded.size - queued.reduce((sum, length) => sum + length, 0);
    if (data && data.count !== expected)
      this.#options.faults.add(`${phone.app} read an old summary`, `${data.count} activities, not ${expected}`);
  }

  /** One of the activities that the service has, as it is now. */
  async #pickActivity(phone: Phone) {
    const { data } = await phone.client.api.GET("/v1/activities", { params: { query: { limit: 20 } } });
    if (!data || data.activities.length === 0) return undefined;
    const { id, note } = this.#options.random.pick(data.activities);
    const path = `/v1/activities/${id}` as const;
    // The second one is a 304.
    const read = (await phone.read<Schemas["Activity"]>(path)) && (await phone.read<Schemas["Activity"]>(path));
    return read && { id, note: note!, etag: read.etag };
  }

  async #changeActivity(phone: Phone): Promise<void> {
    const picked = await this.#pickActivity(phone);
    if (!picked) return;
    const quantity = 1 + this.#options.random.pick([1, 2, 3]);
    const { data } = await phone.client.api.PATCH("/v1/activities/{id}", {
      body: { quantity },
      params: { path: { id: picked.id }, header: { "If-Match": picked.etag } },
    });
    if (data) this.#recorded.set(picked.note, quantity);
  }

  async #deleteActivity(phone: Phone): Promise<void> {
    const picked = await this.#pickActivity(phone);
    if (!picked) return;
    const { response } = await phone.client.api.DELETE("/v1/activities/{id}", {
      params: { path: { id: picked.id }, header: { "If-Match": picked.etag } },
    });
    if (response.ok) this.#recorded.delete(picked.note);
  }

  /** Closes those that earlier logins on the same phone have left. */
  async #useSessions(phone: Phone): Promise<void> {
    const read = await phone.read<Schemas["Sessions"]>("/v1/sessions");
    await phone.read("/v1/sessions");
    const sessions = read?.body.sessions ?? [];
    const left = sessions.filter(({ device, current }) => device === phone.device && !current);
    for (const { id } of left) await phone.client.api.DELETE("/v1/sessions/{id}", { params: { path: { id } } });
    const missing = this.#phones.filter((each) => !sessions.some(({ device }) => device === each.device));
    if (read && missing.length > 0)
      this.#options.faults.add(`${phone.app} lists too few sessions`, JSON.stringify(sessions));
  }

  async #refresh(phone: Phone): Promise<void> {
    if (!this.#isDue("refresh")) return;
    phone.expireToken();
    await this.#readProfile(phone);
  }

  async #logIn(phone: Phone): Promise<void> {
    if (!this.#isDue("login")) return;
    if (this.#options.random.chance(0.5)) await phone.client.logout();
    await phone.client.login(this.#credentials);
  }

  #isDue(action: keyof typeof most): boolean {
    if (this.#done[action] > most[action] * this.#options.getProgress()) return false;
    this.#done[action] += 1;
    return true;
  }

  async #list(phone: Phone): Promise<Schemas["Activity"][]> {
    const activities: Schemas["Activity"][] = [];
    let cursor: string | null | undefined;
    do {
      const query: { limit: number; cursor?: string } = { limit: 100, ...(cursor && { cursor }) };
      const { data }: { data?: Schemas["ActivityPage"] } = await phone.client.api.GET("/v1/activities", {
        params: { query },
      });
      activities.push(...(data?.activities ?? []));
      cursor = data?.next_cursor;
    } while (cursor);
    return activities;
  }

  /** Activities that only a later release stores: until then, the user's other phone and its summary lack them. */
  #noteKept(phone: Phone, problem: unknown): void {
    this.#options.faults.add(`${phone.app} has activities that only another version stores`, JSON.stringify(problem));
  }
}
