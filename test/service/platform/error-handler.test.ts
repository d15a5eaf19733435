import { expect } from "chai";
import { MongoNetworkError, MongoServerError, MongoServerSelectionError } from "mongodb";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { toProblem } from "../../../service/platform/error-handler.ts";

const named = (name: string, more: object = {}) => Object.assign(new Error("internal words"), { name, ...more });

describe("An error of a dependency", () => {
  for (const [what, error] of Object.entries({
    "a lost connection to MongoDB": new MongoNetworkError("x"),
    "no MongoDB server to choose": new MongoServerSelectionError("x", {} as never),
    "a MongoDB pool without a free connection": named("MongoWaitQueueTimeoutError"),
    "a MongoDB primary that steps down": new MongoServerError({ message: "x", code: 10_107 }),
    "a MongoDB node that shuts down": new MongoServerError({ message: "x", code: 91 }),
    "a MongoDB operation out of time": new MongoServerError({ message: "x", code: 50 }),
    "a throttled KMS": named("ThrottlingException"),
    "a KMS that fails inside": named("KMSInternalException"),
    "a KMS key that is disabled": named("KMSInvalidStateException"),
    "any AWS service that blames itself": named("ServiceUnavailable", { $fault: "server" }),
    "a refused connection": named("Error", { code: "ECONNREFUSED" }),
    "a name that cannot be resolved": named("Error", { code: "EAI_AGAIN" }),
  })) {
    it(`causes 503 and Retry-After: ${what}`, () => {
      const problem = toProblem(error);
      expect(problem).to.include({ status: 503, cause: error });
      expect(problem.headers).to.have.property("Retry-After");
    });
  }

  for (const [what, error] of Object.entries({
    "a command that MongoDB does not know": new MongoServerError({ message: "x", code: 59 }),
    "an AWS request that was wrong": named("ValidationException", { $fault: "client" }),
    "a bug": new TypeError("x"),
    "a code that is MongoDB's only by chance": named("Error", { code: 91 }),
    "a string": "x",
  })) {
    it(`causes 500: ${what}`, () => expect(toProblem(error).status).to.equal(500));
  }

  for (const [what, error, dependency] of [
    ["MongoDB", new MongoNetworkError("x"), "database"],
    ["MongoDB's name server", new UnavailableError("x", { dependency: "database" }), "database"],
    ["Redis", new UnavailableError("x", { dependency: "redis" }), "redis"],
    ["a dependency that does not say", new UnavailableError("x"), undefined],
    ["KMS", named("KMSInternalException"), undefined],
  ] as const) {
    it(`names the dependency for the log: ${what}`, () => expect(toProblem(error).dependency).to.equal(dependency));
  }

  it("does not reveal its message", () => {
    for (const error of [named("ThrottlingException"), named("Error")]) {
      const { title, detail } = toProblem(error);
      expect(title + detail).not.to.contain("internal words");
    }
  });
});
