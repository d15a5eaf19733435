import { expect } from "chai";
import fc from "fast-check";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import type { SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-parts.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";

const idleSeconds = 600;
const absoluteSeconds = 1_500;
const graceSeconds = 10;

/** What a session is to its user: a line of tokens, of which the last is good and the one before it for a moment. */
interface ModelSession {
  tokens: string[];
  openedAt: number;
  usedAt: number;
  open: boolean;
}

/** The rules of sessions, as simple as they can be said. */
class Model {
  now = 0;
  sessions: ModelSession[] = [];

  login(token: string) {
    this.sessions.push({ tokens: [token], openedAt: this.now, usedAt: this.now, open: true });
  }

  /** What a refresh with the `index`-th token must come to. */
  refresh(session: ModelSession, index: number): "next" | "same" | "refused" {
    this.expire();
    const last = session.tokens.length - 1;
    if (!session.open) return "refused";
    if (index === last) return "next";
    if (index === last - 1 && this.now - session.usedAt <= graceSeconds) return "same";
    session.open = false;
    return "refused";
  }

  expire() {
    for (const session of this.sessions) {
      const idle = this.now - session.usedAt >= idleSeconds;
      if (idle || this.now - session.openedAt >= absoluteSeconds) session.open = false;
    }
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant("login" as const) }),
  fc.record({ do: fc.constant("refresh" as const), session: fc.nat(5), back: fc.nat(3) }),
  fc.record({ do: fc.constant("logout" as const), session: fc.nat(5), back: fc.nat(3) }),
  fc.record({ do: fc.constant("revoke others" as const), session: fc.nat(5) }),
  fc.record({
    do: fc.constant("wait" as const),
    seconds: fc.constantFrom(1, graceSeconds, graceSeconds + 1, 300, idleSeconds),
  }),
);

/** Whatever a client does in whatever order, the service does what the model says. */
function followsTheModel(store: () => SessionStore, finish: (userId: string) => Promise<void>, runs: number) {
  let service: TestService;
  before(async () => {
    // It stands still between steps, so that a second more or less in the model is one in the service.
    const begun = Date.now();
    service = await startService(
      { sessions: async () => store() },
      {
        tokens: {
          accessTokenSeconds: 60,
          sessionIdleSeconds: idleSeconds,
          sessionAbsoluteSeconds: absoluteSeconds,
          refreshGraceSeconds: graceSeconds,
        },
      },
      () => begun,
    );
  });
  after(() => service.stop());

  it("whatever the order of logins, refreshes, retries, logouts, revocations and waits", async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const model = new Model();
        const person = newPerson();
        const post = (path: string, body: object) => service.send("POST", `/v1/auth/${path}`, { body });
        const first = (await post("register", person)).body;
        model.login(first.refresh_token);
        const pick = ({ session, back = 0 }: { session: number; back?: number }) => {
          const chosen = model.sessions[session % model.sessions.length]!;
          const index = Math.max(0, chosen.tokens.length - 1 - back);
          return { chosen, index, token: chosen.tokens[index]! };
        };
        for (const action of steps) {
          if (action.do === "wait") {
            model.now += action.seconds;
            service.advance(action.seconds);
          } else if (action.do === "login") {
            const { email, password } = person;
            model.login((await post("login", { email, password })).body.refresh_token);
          } else if (action.do === "logout") {
            const { chosen, token } = pick(action);
            expect((await post("logout", { refresh_token: token })).status).to.equal(204);
            chosen.open = false;
          } else {
            const { chosen, index, token } = pick(action);
            const expected = model.refresh(chosen, index);
            const { status, body } = await post("refresh", { refresh_token: token });
            expect(status).to.equal(expected === "refused" ? 401 : 200);
            if (expected === "same") expect(body.refresh_token).to.equal(chosen.tokens.at(-1));
            if (expected === "next") {
              chosen.tokens.push(body.refresh_token);
              chosen.usedAt = model.now;
            }
            if (action.do === "revoke others" && expected !== "refused") {
              const { access_token: bearer } = body;
              expect((await service.send("DELETE", "/v1/sessions", { token: bearer })).status).to.equal(204);
              for (const other of model.sessions) if (other !== chosen) other.open = false;
              // A login in this very millisecond would count as one that was under way.
              service.advance(1);
              model.now += 1;
            }
          }
        }
        await finish(first.user.id);
      }),
      { numRuns: runs, seed: 20_260_101 },
    );
  });
}

describe("Sessions in the process follow a model of forty lines", () => {
  const store = new MemorySessionStore();
  followsTheModel(
    () => store,
    async () => {},
    100,
  );
});

describeWith("REDIS_URL", "Sessions in Redis follow a model of forty lines", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  after(() => redis.close());
  const forget = async (userId: string) => {
    await redis.run(async (client) => {
      const keys = await client.keys(`${cacheKeyPrefix}{${userId}}:*`);
      if (keys.length > 0) await client.del(keys);
    });
  };
  followsTheModel(() => new RedisSessionStore(redis), forget, 50);
});
