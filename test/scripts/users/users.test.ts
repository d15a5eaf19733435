import { randomUUID } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { toActivityKey } from "../../../service/activities/repository.ts";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { RedisUserCache } from "../../../service/platform/redis-user-cache.ts";
import { activitiesInExport } from "../../../service/users/export.ts";
import { createSupport, reason } from "../../service/support/support.ts";
import { operatorArn } from "../../support/call-every-support-action.ts";
import { embeddedDatabase, mongoDatabase, type TestDatabase } from "../../support/databases.ts";
import { type FunctionUrl, type Identity, startFunctionUrl } from "../../support/function-url.ts";
import { listen } from "../../support/listen.ts";
import { describeWith } from "../../support/real-services.ts";
import { startService, type TestService, type TestUser } from "../../support/service.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { awsAt } from "../../support/variables.ts";
import { expectRefusal, ops } from "../run-ops.ts";

const sue: Identity = {
  arn: operatorArn,
  accessKeyId: "ASIASUE",
  secretAccessKey: "the secret of Sue",
  sessionToken: "the session of Sue",
};
const mallory: Identity = {
  arn: "arn:aws:iam::111122223333:user/mallory",
  accessKeyId: "AKIAMALLORY",
  secretAccessKey: "another secret",
};

/** The support function behind its URL, and the API of Lambda that knows the URL. */
interface Deployed {
  readonly service: TestService;
  readonly lines: Record<string, unknown>[];
  readonly url: FunctionUrl;
  /** The response of the API of Lambda. @default the URL */
  lambda: { status: number; body: object; headers?: Record<string, string> } | undefined;
  run(args: readonly string[], identity?: Identity): ReturnType<typeof ops>;
  stop(): Promise<void>;
}

async function deploy(backends: Parameters<typeof startService>[0]): Promise<Deployed> {
  const service = await startService(backends);
  const { handler, lines } = createSupport(service.backends);
  const url = await startFunctionUrl(handler, [sue, mallory], { allowed: [sue] });
  const paths: string[] = [];
  const api = createServer((request, response) => {
    paths.push(request.url!);
    const { status, body, headers } = deployed.lambda ?? {
      status: 200,
      body: { FunctionUrl: `${url.url}/`, AuthType: "AWS_IAM" },
    };
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  });
  const endpoint = `http://127.0.0.1:${await listen(api)}`;
  const deployed: Deployed = {
    ...{ service, lines, url, lambda: undefined },
    async run(args, { accessKeyId, secretAccessKey, sessionToken } = sue) {
      const ended = await ops(["users", ...args, "--environment", "staging", "--reason", reason], {
        ...awsAt(endpoint),
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      });
      for (const path of paths) expect(path).to.match(/^\/2021-10-31\/functions\/ecobeat-staging-support\/url/);
      return ended;
    },
    async stop() {
      api.close();
      await url[Symbol.asyncDispose]();
      await service.stop();
    },
  };
  return deployed;
}

/** What tells who a user is. */
const findPersonal = (text: string, { email, name }: TestUser) =>
  [email, email.split("@")[0]!, name, "Ann's phone"].filter((personal) => text.includes(personal));

function describeUsers(title: string, open: () => Promise<TestDatabase>, useRedis: boolean): void {
  describe(`ops users, ${title}`, () => {
    const folder = useTemporaryFolder();
    let [deployed, database]: [Deployed, TestDatabase] = [] as never;
    let redis: RedisConnection | undefined;
    let ann: TestUser;
    before(async () => {
      database = await open();
      await createIndexes(database.database);
      const keyPrefix = `users-${randomUUID().slice(0, 8)}:`;
      redis = useRedis ? new RedisConnection(process.env.REDIS_URL!, { keyPrefix }) : undefined;
      deployed = await deploy({
        database: async () => database.database,
        ...(redis && {
          sessions: async () => new RedisSessionStore(redis!),
          userCache: async () => new RedisUserCache(redis!),
        }),
      });
    });
    after(async () => {
      await deployed.stop();
      await database.remove();
      await redis?.close();
    });
    beforeEach(async () => {
      ann = await deployed.service.register({ name: "Annabel Nguyen", device: "Ann's phone" });
      deployed.url.instead = undefined;
      deployed.lambda = undefined;
    });
    const findAudit = (filter: object) => database.database.collection("audit").find(filter).toArray();

    it("finds, shows and lists without personal data, unless asked", async () => {
      const outputs: string[] = [];
      for (const args of [
        ["find", ann.email],
        ["show", ann.id],
        ["sessions", ann.id],
        ["audit", ann.id],
      ]) {
        for (const json of [[], ["--json"]]) {
          const { code, output } = await deployed.run([...args, ...json]);
          expect(code, output).to.equal(0);
          outputs.push(output);
        }
      }
      expect(outputs[0]).to.contain(ann.id);
      expect(findPersonal(JSON.stringify([outputs, deployed.lines]), ann)).to.deep.equal([]);
      for (const args of [
        ["find", ann.email],
        ["show", ann.id],
      ]) {
        expect((await deployed.run([...args, "--show"])).output)
          .to.contain(ann.email)
          .and.contain("Annabel Nguyen");
      }
      expect((await deployed.run(["sessions", ann.id, "--show"])).output).to.contain("Ann's phone");
      expect(findPersonal(JSON.stringify(deployed.lines), ann)).to.deep.equal([]);
      const shown = await findAudit({ userId: ann.id, discloses: true });
      expect(shown.map(({ caller, action }) => [caller, action])).to.have.deep.members([
        [operatorArn, "show"],
        [operatorArn, "sessions"],
      ]);
    });

    it("ends the sessions, after a dry run and a confirmation", async () => {
      const planned = await deployed.run(["end-sessions", ann.id, "--dry-run"]);
      expect(planned.output).to.equal("would end 1 sessions\n");
      await expectRefusal(deployed.run(["end-sessions", ann.id]), "[not-confirmed]");
      expect((await deployed.service.refresh(ann.refreshToken)).status).to.equal(200);
      const { output } = await deployed.run(["end-sessions", ann.id, "--yes"]);
      expect(output).to.contain("ended 1 sessions");
      expect((await deployed.service.refresh(ann.refreshToken)).status).to.equal(401);
    });

    it("deletes an account, twice with one result, and not in a dry run", async () => {
      expect((await deployed.run(["delete", ann.id, "--dry-run"])).output).to.contain(`would delete ${ann.id}`);
      expect((await deployed.service.logIn(ann)).status).to.equal(200);
      const results = await Promise.all([1, 2].map(() => deployed.run(["delete", ann.id, "--yes", "--json"])));
      for (const { stdout } of results) expect(JSON.parse(stdout).deleted_at).to.be.a("string");
      expect((await deployed.service.logIn(ann)).status).to.equal(401);
      expect((await deployed.run(["delete", ann.id, "--yes"])).output).to.contain("was deleted before, at ");
      const texts = ["It was deleted at", "[support-user-not-found]"];
      await expectRefusal(deployed.run(["delete", ann.id, "--dry-run"]), ...texts);
      await expectRefusal(deployed.run(["show", ann.id]), ...texts);
      await expectRefusal(deployed.run(["find", ann.email]), "There is no such account in staging.");
    });

    it("exports all parts to a file for its owner alone, prints nothing of it, and replaces no file", async () => {
      const now = Date.now();
      const id = () => toActivityKey(ann.id, randomUUID());
      const activities = Array.from({ length: activitiesInExport + 2 }, (_, index) => ({
        ...{ _id: id(), userId: ann.id, occurredAt: new Date(now - index * 1000), kind: "bike_trip", quantity: 1 },
        ...{ note: null, co2eGrams: 1, kindsVersion: 1, createdAt: new Date(), updatedAt: new Date(), version: 1 },
      }));
      await database.database.collection<{ _id: string }>("activities").insertMany(activities);
      const file = join(folder(), `${randomUUID()}.json`);
      expect((await deployed.run(["export", ann.id, "--to", file, "--dry-run"])).output).to.contain(
        `would write ${activities.length} activities to ${file}`,
      );
      const { code, output } = await deployed.run(["export", ann.id, "--to", file]);
      expect(code, output).to.equal(0);
      expect(output).to.contain(`wrote ${activities.length} activities`).and.contain("is not confirmed");
      expect(findPersonal(output, ann)).to.deep.equal([]);
      expect((await stat(file)).mode & 0o777).to.equal(0o600);
      const content = JSON.parse(await readFile(file, "utf8"));
      expect((await deployed.run(["resend", ann.id, "--dry-run"])).output).to.contain("would queue the mail");
      expect((await deployed.run(["resend", ann.id])).output).to.contain("queued the mail");
      const { link } = deployed.service.mails.at(-1) as { link: string };
      const token = new URL(link).searchParams.get("token");
      await deployed.service.send("POST", "/v1/auth/email/confirm", { body: { token } });
      expect((await deployed.run(["resend", ann.id])).output).to.contain("there is nothing to send");
      expect(Object.keys(content)).to.deep.equal(Object.keys((await ann.send("GET", "/v1/users/me/export")).body));
      expect(content.profile.email).to.equal(ann.email);
      expect(new Set(content.activities.map((each: { id: string }) => each.id)).size).to.equal(activities.length);
      expect(content.next_cursor).to.equal(null);
      const before = (await findAudit({ userId: ann.id })).length;
      await expectRefusal(deployed.run(["export", ann.id, "--to", file]), "[export-file-exists]");
      expect(await findAudit({ userId: ann.id })).to.have.length(before);
    });

    it("lists who has done what", async () => {
      await deployed.run(["find", ann.email]);
      await deployed.run(["show", ann.id, "--show"]);
      const { stdout } = await deployed.run(["audit", ann.id]);
      const [, first, second] = stdout.split("\n");
      expect(first).to.contain(`${operatorArn} from 192.0.2.7`).and.contain("show, personal data shown  done");
      expect(second).to.contain("find").and.contain(reason);
    });

    // What follows is about the URL alone.
    if (useRedis) return;

    it("tells who lacks the permission which policy gives it, and does nothing", async () => {
      const before = deployed.url.events.length;
      const policy = "ecobeat-staging-support-eu-west-1";
      await expectRefusal(deployed.run(["delete", ann.id, "--yes"], mallory), policy, "[support-not-permitted]");
      const forged = { ...sue, secretAccessKey: "guessed" };
      await expectRefusal(
        deployed.run(["delete", ann.id, "--yes"], forged),
        "does not match",
        "[support-not-permitted]",
      );
      await expectRefusal(
        deployed.run(["delete", ann.id, "--yes"], { ...sue, sessionToken: "expired" }),
        "security token",
        "[support-not-permitted]",
      );
      deployed.lambda = {
        status: 403,
        headers: { "x-amzn-errortype": "AccessDeniedException" },
        body: { Message: "User is not authorized to perform: lambda:GetFunctionUrlConfig" },
      };
      await expectRefusal(deployed.run(["show", ann.id]), policy, "[support-function-not-found]");
      expect(deployed.url.events).to.have.length(before);
    });

    it("says whether an action may have been done", async () => {
      const show = () => deployed.run(["show", ann.id]);
      const isUnknown = "It may have been done. Look before you run this again";
      deployed.url.instead = () => ({
        status: 429,
        body: '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}',
      });
      await expectRefusal(show(), "nothing was done", "[support-throttled]");
      deployed.url.instead = () => ({ status: 502, body: "Internal Server Error" });
      await expectRefusal(show(), isUnknown, "[support-function-failed]");
      deployed.url.instead = () => "hang up";
      await expectRefusal(show(), isUnknown, "[support-function-unreachable]");
      let requests = 0;
      const elsewhere = createServer((_, response) => response.end(String(++requests)));
      const location = `http://127.0.0.1:${await listen(elsewhere)}/`;
      deployed.url.instead = () => ({ status: 307, body: "", headers: { location } });
      await expectRefusal(show(), isUnknown, "[support-function-unreachable]");
      expect(requests).to.equal(0);
      elsewhere.close();
      deployed.url.instead = () => ({ status: 200, body: "<html>" });
      await expectRefusal(show(), isUnknown, "[support-function-failed]");
      const problem = (slug: string, more = {}) => ({
        status: 503,
        body: JSON.stringify({ type: `https://ecobeat.app/problems/${slug}`, detail: "Why.", ...more }),
      });
      deployed.url.instead = () => problem("not-recorded");
      await expectRefusal(show(), "Nothing was done", "[support-action-failed]");
      deployed.url.instead = () => problem("mail-not-queued");
      await expectRefusal(show(), "Nothing was done", "[support-action-failed]");
      deployed.url.instead = () => problem("unavailable");
      await expectRefusal(show(), isUnknown, "[support-action-failed]");
      // A function of an earlier release.
      const errors = [{ pointer: "/action", detail: "Invalid input" }];
      deployed.url.instead = () => problem("invalid-body", { errors });
      await expectRefusal(show(), "belongs to another release", "[support-request-refused]");
      const closed = createServer();
      const FunctionUrl = `http://127.0.0.1:${await listen(closed)}/`;
      closed.close();
      deployed.lambda = { status: 200, body: { FunctionUrl } };
      await expectRefusal(show(), "Nothing was done", "[support-function-unreachable]");
      deployed.lambda = { status: 200, body: { FunctionUrl: "http://example.com/" } };
      await expectRefusal(show(), "[support-url-insecure]");
      deployed.lambda = {
        status: 404,
        headers: { "x-amzn-errortype": "ResourceNotFoundException" },
        body: { Message: "The resource you requested does not exist." },
      };
      await expectRefusal(show(), "deploy ecobeat-staging-service", "[support-function-not-found]");
    });
  });
}

describeUsers("with embedded backends", embeddedDatabase, false);
describeWith("MONGODB_URI", "on MongoDB", () =>
  describeWith("REDIS_URL", "and Redis", () => describeUsers("with MongoDB and Redis", mongoDatabase, true)),
);

describe("ops users", () => {
  const run = (...args: string[]) => ops(["users", ...args, "--environment", "staging"]);
  for (const [title, args, text] of [
    ["no reason", ["show", randomUUID()], "--reason"],
    ["a reason that is too short", ["show", randomUUID(), "--reason", "1234567"], "8 to 500 characters"],
    ["an id that is none", ["show", "ann@example.com", "--reason", reason], "must be a UUID"],
  ] as const) {
    it(`refuses ${title}`, async () => {
      expect((await run(...args)).output).to.contain(text);
    });
  }
});
