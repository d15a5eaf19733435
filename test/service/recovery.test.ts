import { expect } from "chai";
import fc from "fast-check";
import { type CloudFaultName, cloudFaults } from "../support/cloud-faults.ts";
import { type CloudService, cloudTimeouts, type FakeCloud, startFakeCloud } from "../support/fake-cloud.ts";
import {
  type ApiResponse,
  clockFromToday,
  problemType,
  startService,
  type TestService,
  type TestUser,
} from "../support/service.ts";
import { useShortestPauses } from "../support/shortest-pauses.ts";
import { isThorough } from "../support/thorough.ts";
import { item } from "./activities/support.ts";

const services: readonly CloudService[] = ["SSM", "KMS", "Redis", "MongoDB"];

/** A process may act on a parameter or a key that is up to a minute old. */
const settledSeconds = 61;

/** What happens to a process. */
type Step = { fail: CloudFaultName } | { recover: CloudService } | { send: readonly Kind[] } | { pass: number };

/** Requests, each with what must be true of its response when all services work. */
const kinds = {
  ready: {
    send: ({ service }) => service.send("GET", "/health/ready"),
    check: ({ body }) => expect(body.status).to.equal("up"),
  },
  keys: {
    send: ({ service }) => service.send("GET", "/.well-known/jwks.json"),
    check: ({ body }) => expect(body.keys).to.have.length(1),
  },
  profile: {
    send: ({ send }) => send("GET", "/v1/users/me"),
    check: ({ body }, { user }) => expect(body.id).to.equal(user.id),
  },
  list: {
    send: ({ send }) => send("GET", "/v1/activities"),
    check: ({ body }, { recorded }) => {
      expect(body.activities.map(({ id }: { id: string }) => id)).to.include(recorded);
    },
  },
  batch: {
    send: ({ send, recorded }) => {
      const activities = [item(), item({ id: recorded })];
      return send("POST", "/v1/activities", { body: { activities } });
    },
    check: ({ body }) => {
      expect(body.results.map(({ status }: { status: string }) => status)).to.deep.equal(["created", "exists"]);
    },
  },
  login: {
    send: ({ service, user }) => service.logIn(user),
    check: ({ body }) => expect(body.access_token).to.be.a("string"),
  },
  refresh: {
    send: ({ service, user }) => service.refresh(user.refreshToken),
    check: ({ body }) => expect(body.refresh_token).to.be.a("string"),
  },
} as const satisfies Record<
  string,
  { send(run: Run): Promise<ApiResponse>; check(response: ApiResponse, run: Run): void }
>;
type Kind = keyof typeof kinds;

/** A process, and a user that it knows. */
interface Run {
  service: TestService;
  user: TestUser;
  /** The id of an activity of the user. */
  recorded: string;
  send: TestUser["send"];
}

/** Without those that only a timeout ends: a test would wait for it. */
const faults = (Object.keys(cloudFaults) as CloudFaultName[]).filter((name) => !/does not (respond|reply)/.test(name));

const kind = fc.constantFrom(...(Object.keys(kinds) as Kind[]));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ fail: fc.constantFrom(...faults) }) },
  { weight: 2, arbitrary: fc.record({ recover: fc.constantFrom(...services) }) },
  // Several requests share what they start.
  { weight: 5, arbitrary: fc.record({ send: fc.array(kind, { minLength: 1, maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: settledSeconds }) }) },
);

describe("A process, whatever order its services fail and recover in", () => {
  let cloud: FakeCloud;
  useShortestPauses();
  let known: { user: TestUser; recorded: string };

  before(async () => {
    cloud = await startFakeCloud();
    const { backends, close } = cloud.start();
    const service = await startService(backends, {}, clockFromToday);
    const user = await service.register();
    // Newer than all others, and so on the first page.
    const recorded = item({ occurred_at: "2026-11-21T08:30:00Z" });
    const { status } = await user.send("POST", "/v1/activities", { body: { activities: [recorded] } });
    expect(status).to.equal(200);
    known = { user, recorded: recorded.id };
    await service.stop();
    await close();
  });
  after(() => cloud.stop());

  it("answers each request rightly or with 503, and all rightly when the services work", async function () {
    this.timeout(600_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        let passed = 0;
        const clock = () => clockFromToday() + passed;
        const { backends, close } = cloud.start(clock);
        const service = await startService(backends, {}, clock, undefined, cloudTimeouts);
        const token = known.user.token;
        const run: Run = {
          ...known,
          service,
          send: (method, path, options = {}) => service.send(method, path, { token, ...options }),
        };
        const request = async (name: Kind) => {
          const { send, check } = kinds[name];
          const response = await send(run);
          if (response.status === 200) check(response, run);
          return response;
        };
        try {
          for (const each of steps) {
            if ("fail" in each) Object.assign(cloud.failures, cloudFaults[each.fail].failure);
            else if ("recover" in each) delete cloud.failures[each.recover];
            else if ("pass" in each) passed += each.pass * 1_000;
            else {
              const responses = await Promise.all(each.send.map(request));
              for (const { status, body, headers } of responses) {
                expect(status, JSON.stringify(body)).to.be.oneOf([200, 503]);
                if (status === 503 && !("dependencies" in body)) {
                  expect([body.type, headers.get("retry-after")]).to.deep.equal([problemType("unavailable"), "5"]);
                }
              }
            }
          }
          for (const each of services) delete cloud.failures[each];
          passed += settledSeconds * 1_000;
          // Only the clock has moved: a connection to an address that was wrong may still be opening. This request ends with it.
          await kinds.ready.send(run);
          for (const name of Object.keys(kinds) as Kind[]) {
            const { status, body } = await request(name);
            const log = service.lines.slice(-3).map((line) => JSON.stringify(line));
            expect(status, `${name}: ${JSON.stringify(body)} ${log}`).to.equal(200);
          }
        } finally {
          for (const each of services) delete cloud.failures[each];
          await service.stop();
          await close();
        }
      }),
      { numRuns: isThorough ? 50 : 12 },
    );
  });
});
