import { expect } from "chai";
import type { RefreshTokenFormats } from "../../support/refresh-token-formats.ts";
import { newPerson, type TestService } from "../../support/service.ts";
import { graceSeconds, Model, type ModelSession, type Refreshed } from "./session-model.ts";

/** An action of a user. Numbers choose a client, or how far back a token is. */
export type Action =
  | { do: "register" }
  | { do: "log in" | "list" | "revoke others" | "change password" | "delete account"; client: number }
  | { do: "refresh"; client: number; back: number; isNumbered: boolean }
  | { do: "come back late"; client: number; isNumbered: boolean }
  | { do: "lose rotations"; client: number; count: number }
  | { do: "log out"; client: number; back: number }
  | { do: "revoke"; client: number; target: number }
  | { do: "wait"; seconds: number };

interface User {
  id: string;
  person: ReturnType<typeof newPerson>;
  model: Model;
}

/** A device with one session and its token. */
interface Client {
  user: User;
  session: ModelSession;
  sessionId: string;
  accessToken: string;
}

interface Pair {
  access_token: string;
  refresh_token: string;
}

/** What the service responds and records for each outcome of a refresh. */
const responses: Record<Refreshed, { problem?: string; event?: string }> = {
  next: {},
  recovered: { event: "refresh_rotation_recovered" },
  same: {},
  "same late": { event: "refresh_token_repeated_late" },
  "late too often": { problem: "refresh-token-reused", event: "refresh_token_reused" },
  reused: { problem: "refresh-token-reused", event: "refresh_token_reused" },
  unknown: { problem: "invalid-refresh-token" },
};

/** Several users and their devices, of a service and, for comparison, in the model. */
export class VirtualUsers {
  readonly #service: TestService;
  readonly #formats: RefreshTokenFormats;
  readonly #clients: Client[] = [];
  #now = 0;

  constructor(service: TestService, formats: RefreshTokenFormats) {
    this.#service = service;
    this.#formats = formats;
  }

  get userIds(): Set<string> {
    return new Set(this.#clients.map(({ user }) => user.id));
  }

  /**
   * Performs an action at the service, and fails if the outcome differs from the model.
   * @returns the outcome
   */
  async act(action: Action): Promise<string | number> {
    switch (action.do) {
      case "register":
        return this.register();
      case "wait":
        return this.#wait(action.seconds);
      case "log in":
        return this.#logIn(this.#client(action.client));
      case "refresh":
        return this.#refresh(this.#client(action.client), action.back, action.isNumbered);
      case "come back late":
        this.#wait(graceSeconds + 1);
        return this.#refresh(this.#client(action.client), 1, action.isNumbered);
      case "lose rotations":
        return this.#loseRotations(this.#client(action.client), action.count);
      case "log out":
        return this.#logOut(this.#client(action.client), action.back);
      case "list":
        return this.#list(this.#client(action.client));
      case "revoke":
        return this.#revoke(this.#client(action.client), this.#client(action.target));
      case "revoke others":
        return this.#revokeOthers(this.#client(action.client));
      case "change password":
        return this.#changePassword(this.#client(action.client));
      case "delete account":
        return this.#deleteAccount(this.#client(action.client));
    }
  }

  async register(): Promise<number> {
    const person = newPerson();
    const { status, body } = await this.#post("register", person);
    expect(status).to.equal(201);
    this.#opened({ id: body.user.id, person, model: new Model() }, body);
    return status;
  }

  /** Every session is open or not as in the model. */
  async expectSessions(): Promise<void> {
    for (const client of this.#clients) await this.#list(client);
  }

  #client(index: number): Client {
    return this.#clients[index % this.#clients.length]!;
  }

  #post(path: string, body: object) {
    return this.#service.send("POST", `/v1/auth/${path}`, { body });
  }

  /** A request to a sensitive route. `accepted` are the statuses for an open session. */
  async #asOpen(
    { user, session, accessToken: token }: Client,
    [method, path]: [string, string],
    accepted = [204],
    body?: object,
  ) {
    const response = await this.#service.send(method, path, { token, body });
    expect(response.status).to.be.oneOf(user.model.isOpen(session, this.#now) ? accepted : [401]);
    return response;
  }

  #opened(user: User, { access_token, refresh_token }: Pair): void {
    const session = user.model.login(this.#formats.plain(refresh_token), this.#now);
    const { sid } = JSON.parse(Buffer.from(access_token.split(".")[1]!, "base64url").toString());
    this.#clients.push({ user, session, sessionId: sid, accessToken: access_token });
  }

  #wait(seconds: number): number {
    this.#now += seconds;
    this.#service.advance(seconds);
    return seconds;
  }

  async #logIn({ user }: Client): Promise<number> {
    const { email, password } = user.person;
    const { status, body } = await this.#post("login", { email, password });
    expect(status).to.equal(user.model.exists ? 200 : 401);
    if (user.model.exists) this.#opened(user, body);
    return status;
  }

  /** @param back how many generations before the latest token of the client */
  async #refresh(client: Client, back: number, isNumbered: boolean): Promise<string> {
    const { session, user } = client;
    const index = Math.max(0, session.tokens.length - 1 - back);
    const plain = session.tokens[index]!;
    const expected = user.model.refresh(session, index, isNumbered, this.#now);
    const written = this.#service.lines.length;
    const refresh_token = isNumbered ? this.#formats.numbered(plain, index) : plain;
    const { status, body } = await this.#post("refresh", { refresh_token });
    const { problem, event } = responses[expected];
    const events = this.#service.lines.slice(written).flatMap((line) => line.event ?? []);
    expect([body.type?.split("/").at(-1), events]).to.deep.equal([problem, event ? [event] : []]);
    expect(status).to.equal(problem ? 401 : 200);
    if (problem) return expected;
    client.accessToken = body.access_token;
    const successor = this.#formats.plain(body.refresh_token);
    expect(body.refresh_token).to.equal(this.#formats.numbered(successor, index + 1));
    expect(successor).to.equal(session.tokens[index + 1] ?? successor);
    session.tokens[index + 1] = successor;
    return expected;
  }

  /** The client has the tokens of rotations that the store has lost: the same as if the store had never seen them. */
  #loseRotations({ session: { tokens } }: Client, count: number): number {
    for (let lost = 0; lost < count; lost++) tokens.push(this.#formats.read(tokens.at(-1)!)!.successor.token);
    return count;
  }

  async #logOut({ session }: Client, back: number): Promise<number> {
    const token = session.tokens[Math.max(0, session.tokens.length - 1 - back)];
    const { status } = await this.#post("logout", { refresh_token: token });
    expect(status).to.equal(204);
    session.open = false;
    return status;
  }

  async #list(client: Client): Promise<number> {
    const { status, body } = await this.#asOpen(client, ["GET", "/v1/sessions"], [200]);
    if (status === 401) return status;
    const open = this.#clients.filter(
      ({ user, session }) => user === client.user && user.model.isOpen(session, this.#now),
    );
    const listed = body.sessions.map(({ id }: { id: string }) => id);
    expect(listed).to.have.members(open.map(({ sessionId }) => sessionId));
    return status;
  }

  async #revoke(client: Client, target: Client): Promise<string> {
    const { user, session, sessionId } = target;
    const whose = user === client.user ? "own" : "another's";
    // A store may delete an expired session sooner or later, and so find it or not.
    const own = user.model.hasExpired(session, this.#now) ? [204, 404] : [session.open ? 204 : 404];
    const { status } = await this.#asOpen(
      client,
      ["DELETE", `/v1/sessions/${sessionId}`],
      whose === "own" ? own : [404],
    );
    if (status === 204) session.open = false;
    return `${whose} ${status}`;
  }

  async #revokeOthers(client: Client): Promise<number> {
    const { status } = await this.#asOpen(client, ["DELETE", "/v1/sessions"]);
    if (status === 204) this.#endAll(client.user, client.session);
    return status;
  }

  async #changePassword(client: Client): Promise<number> {
    const { person } = client.user;
    const new_password = `${person.password}!`;
    const change = { current_password: person.password, new_password };
    const { status } = await this.#asOpen(client, ["PUT", "/v1/auth/password"], [204], change);
    if (status === 401) return status;
    person.password = new_password;
    this.#endAll(client.user, client.session);
    return status;
  }

  async #deleteAccount(client: Client): Promise<number> {
    const { status } = await this.#asOpen(client, ["DELETE", "/v1/users/me"]);
    if (status === 401) return status;
    client.user.model.exists = false;
    this.#endAll(client.user);
    return status;
  }

  #endAll({ model }: User, kept?: ModelSession): void {
    model.endAllBut(kept);
    // A login in this millisecond would count as one in progress.
    this.#wait(1);
  }
}
