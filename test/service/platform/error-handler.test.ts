import { execFile } from "node:child_process";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { expect } from "chai";
import { type Db, MongoClient } from "mongodb";
import { ConfigurationError } from "../../../service/config.ts";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { toProblem } from "../../../service/platform/error-handler.ts";
import { createKmsClient } from "../../../service/platform/kms.ts";
import { type KmsResponse, type KmsServer, startKmsServer } from "../../support/kms-server.ts";
import { shortTimeouts } from "../../support/short-timeouts.ts";
import { useShortestPauses } from "../../support/shortest-pauses.ts";
import { type Reply, WireDatabase } from "../../support/wire-database.ts";

/** Each is thrown by the client library itself. */
type Failure = () => Promise<unknown>;

describe("An error of a dependency", () => {
  const server = new WireDatabase();
  let database: Db;
  let kms: KmsServer;
  let kmsResponse: KmsResponse;
  useShortestPauses();

  before(async () => {
    await server.start();
    database = server.open("ecobeat", {
      ...{ maxPoolSize: 1, waitQueueTimeoutMS: 50, retryReads: false, minHeartbeatFrequencyMS: 10 },
    });
    await database.command({ ping: 1 });
    kms = await startKmsServer(() => kmsResponse);
  });
  after(async () => {
    kms.stop();
    await server.stop();
  });

  const replying = (reply: Reply, name = "find"): Failure => {
    return () => {
      server.intercept = (command) => (command === name ? reply : undefined);
      const collection = database.collection<{ _id: number }>("users");
      return name === "find" ? collection.findOne({}) : collection.insertOne({ _id: 1 });
    };
  };
  const refusing = (code: number, codeName: string) =>
    replying({ ok: 0, code, codeName, errmsg: "internal words of secret-host" });
  const kmsResponding = (response: KmsResponse): Failure => {
    return () => {
      kmsResponse = response;
      return createKmsClient(undefined, shortTimeouts).send(new GetPublicKeyCommand({ KeyId: "secret-host" }));
    };
  };
  const closedPort = async () => {
    const closed = new WireDatabase();
    await closed.start();
    const { port } = new URL(closed.uri);
    await closed.stop();
    return Number(port);
  };
  const connecting = async (uri: string, use: (client: MongoClient) => Promise<unknown>) => {
    await using client = new MongoClient(uri, { serverSelectionTimeoutMS: 50 });
    return await use(client);
  };
  const find = (client: MongoClient) => client.db("ecobeat").collection("users").findOne({});

  const unavailable: Record<string, [Failure, name: string]> = {
    "a lost connection to MongoDB": [replying("drop"), "MongoNetworkError"],
    "half a reply of MongoDB": [replying("half"), "MongoNetworkError"],
    "no MongoDB server to choose": [
      async () => connecting(`mongodb://127.0.0.1:${await closedPort()}`, find),
      "MongoServerSelectionError",
    ],
    "a client of MongoDB that is closed": [
      () =>
        connecting(server.uri, async (client) => {
          await client.connect();
          await client.close();
          return find(client);
        }),
      "MongoNotConnectedError",
    ],
    "a MongoDB pool without a free connection": [
      async () => {
        let release: (reply: Reply) => void = () => {};
        const arrived = new Promise<void>((resolve) => {
          server.intercept = (name) => {
            if (name !== "ping") return undefined;
            resolve();
            return new Promise<Reply>((reply) => (release = reply));
          };
        });
        const ping = database.command({ ping: 1 });
        await arrived;
        return find(database.client).finally(async () => {
          release({ ok: 1 });
          await ping;
        });
      },
      "MongoWaitQueueTimeoutError",
    ],
    "a MongoDB primary that steps down": [refusing(10_107, "NotWritablePrimary"), "MongoServerError"],
    "a MongoDB node that shuts down": [refusing(91, "ShutdownInProgress"), "MongoServerError"],
    "a MongoDB operation out of time": [refusing(50, "MaxTimeMSExpired"), "MongoServerError"],
    "an error of Atlas's own": [refusing(8_000, "AtlasError"), "MongoServerError"],
    "a user of MongoDB whose privileges change": [refusing(13, "Unauthorized"), "MongoServerError"],
    "a write that no majority of MongoDB's nodes confirms": [
      replying(
        { ok: 1, n: 1, writeConcernError: { code: 64, codeName: "WriteConcernTimeout", errmsg: "timed out" } },
        "insert",
      ),
      "MongoWriteConcernError",
    ],
    "a throttled KMS": [kmsResponding("ThrottlingException"), "ThrottlingException"],
    "a KMS that fails inside": [kmsResponding("KMSInternalException"), "KMSInternalException"],
    "a KMS key that is disabled": [kmsResponding("DisabledException"), "DisabledException"],
    "a KMS key that is gone": [kmsResponding("NotFoundException"), "NotFoundException"],
    "a KMS key whose policy does not allow the use yet": [
      kmsResponding("AccessDeniedException"),
      "AccessDeniedException",
    ],
    "credentials of AWS that have expired": [kmsResponding("ExpiredTokenException"), "ExpiredTokenException"],
    "any AWS service that blames itself": [kmsResponding(503), "503"],
    "half a response of KMS": [kmsResponding("half"), "SyntaxError"],
    "a KMS that does not respond": [kmsResponding("silence"), "TimeoutError"],
    "a KMS that closes the connection": [kmsResponding("drop"), "TimeoutError"],
    "a refused connection": [async () => once(connect(await closedPort(), "127.0.0.1"), "connect"), "Error"],
    "a name that cannot be resolved": [() => lookup("ecobeat.invalid"), "Error"],
    "a missing parameter": [() => Promise.reject(new ConfigurationError("does not exist")), "ConfigurationError"],
  };
  const getError = (fail: Failure) =>
    fail().then(
      () => expect.fail("nothing failed"),
      (error: Error) => error,
    );

  for (const [what, [fail, name]] of Object.entries(unavailable)) {
    it(`causes 503 and Retry-After: ${what}`, async () => {
      const error = await getError(fail);
      expect(error.name, error.message).to.equal(name);
      const problem = toProblem(error);
      expect(problem).to.include({ status: 503, cause: error });
      expect(problem.headers).to.have.property("Retry-After");
    });
  }

  const mistakes: Record<string, Failure> = {
    "a command that MongoDB does not know": () => database.command({ nonsense: 1 }),
    "a query that MongoDB refuses": refusing(2, "BadValue"),
    "a document that cannot be written": () => {
      const circular: { itself?: object } = {};
      circular.itself = circular;
      return database.collection("users").insertOne(circular);
    },
    "an AWS request that was wrong": kmsResponding("ValidationException"),
    "a bug": async () => (undefined as unknown as object[])[0]!.toString(),
    "a code that is MongoDB's only by chance": () => promisify(execFile)(process.execPath, ["-e", "process.exit(91)"]),
  };
  for (const [what, fail] of Object.entries(mistakes)) {
    it(`causes 500: ${what}`, async () => expect(toProblem(await getError(fail)).status).to.equal(500));
  }

  it("causes 500: a thrown string", () => expect(toProblem("x").status).to.equal(500));

  for (const [what, fail, dependency] of [
    ["MongoDB", replying("drop"), "database"],
    ["MongoDB's name server", () => Promise.reject(new UnavailableError("x", { dependency: "database" })), "database"],
    ["Redis", () => Promise.reject(new UnavailableError("x", { dependency: "redis" })), "redis"],
    ["a dependency that does not say", () => Promise.reject(new UnavailableError("x")), undefined],
    ["KMS", kmsResponding("KMSInternalException"), undefined],
  ] as [string, Failure, string | undefined][]) {
    it(`names the dependency for the log: ${what}`, async () =>
      expect(toProblem(await getError(fail)).dependency).to.equal(dependency));
  }

  it("does not reveal its message", async () => {
    for (const fail of [refusing(8_000, "AtlasError"), refusing(2, "BadValue")]) {
      const error = await getError(fail);
      expect(error.message).to.contain("secret-host");
      const { title, detail } = toProblem(error);
      expect(title + detail).not.to.contain("secret-host");
    }
  });
});
