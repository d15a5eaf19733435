import { expect } from "chai";
import { Parameters } from "../../../service/cloud/parameters.ts";
import { ConfigurationError } from "../../../service/config.ts";
import { parameterPath, parameters } from "../../../service/contract.ts";
import { type KmsResponse, type KmsServer, ssmResponse, startKmsServer } from "../../support/kms-server.ts";

describe("The parameters of the service", () => {
  let ssm: KmsServer;
  /** Values in SSM, by name. */
  let values: Record<string, string>;
  /** Responses instead of the next ones. */
  let responses: KmsResponse[];
  let reads: number;
  let now: number;
  let known: Parameters;

  before(async () => {
    ssm = await startKmsServer((_action, input) => {
      reads += 1;
      return responses.shift() ?? ssmResponse("staging", input, values);
    });
  });
  after(() => ssm.stop());
  beforeEach(() => {
    values = Object.fromEntries(Object.values(parameters).map((name) => [name, `${name} 1`]));
    [responses, reads, now] = [[], 0, 0];
    known = new Parameters("staging", () => now);
  });

  const get = (name: string = parameters.redisUrl) => known.use(name, (value) => value);
  const fail = (error = new Error("refused"), isRefusal?: () => boolean) =>
    known
      .use(parameters.redisUrl, () => Promise.reject(error), isRefusal)
      .then(
        () => "used",
        (thrown) => (thrown === error ? "failed" : thrown.message),
      );

  it("are read once for all, also by concurrent uses", async () => {
    await Promise.all(Object.values(parameters).map(get));
    expect([await get(), reads]).to.deep.equal(["redis-url 1", 1]);
  });

  it("are read again while one is missing", async () => {
    delete values[parameters.redisUrl];
    for (let attempt = 1; attempt <= 3; attempt++) {
      const error = await get().catch((thrown) => thrown);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.contain(parameterPath("staging", parameters.redisUrl));
      expect(reads).to.equal(attempt);
    }
    values[parameters.redisUrl] = "created";
    expect(await get()).to.equal("created");
  });

  it("do not count as missing because a response does not contain them", async () => {
    responses = [{}, { Parameters: [] }, { Parameters: [{ Name: parameterPath("staging", parameters.redisUrl) }] }];
    for (let left = responses.length; left > 0; left--) {
      expect(await get().catch(({ name }) => name)).to.equal("UnavailableError");
    }
    expect(await get()).to.equal("redis-url 1");
  });

  it("are read again when SSM failed", async () => {
    responses = ["AccessDeniedException"];
    expect(await get().catch(({ name }) => name)).to.equal("AccessDeniedException");
    expect(await get()).to.equal("redis-url 1");
  });

  it("are read again after something could not be built upon a value", async () => {
    expect(await fail()).to.equal("failed");
    values[parameters.redisUrl] = "corrected";
    expect([await get(), await get(), reads]).to.deep.equal(["corrected", "corrected", 2]);
  });

  it("are kept for 30 s when a second read gave the same values, however much fails", async () => {
    for (let attempt = 1; attempt <= 5; attempt++) expect(await fail()).to.equal("failed");
    expect(reads).to.equal(2);
    now = 30_001;
    expect([await fail(), await fail(), reads]).to.deep.equal(["failed", "failed", 3]);
    values[parameters.redisUrl] = "corrected";
    now = 60_002;
    // The corrected value fails, too, and is read again.
    expect([await fail(), await get(), reads]).to.deep.equal(["failed", "corrected", 5]);
  });

  for (const [what, failAgain] of Object.entries({
    malformed: () => fail(new ConfigurationError("no URL")),
    "refused by its server": () => fail(undefined, () => true),
  })) {
    it(`are read again each time as long as a value is ${what}`, async () => {
      for (let attempt = 1; attempt <= 4; attempt++) {
        expect(await failAgain()).to.equal("failed");
        expect(reads).to.equal(attempt);
      }
    });
  }

  it("are built upon as they are now where what was read more than 30 s ago fails", async () => {
    const { redisUrl } = parameters;
    const use = () => known.use(redisUrl, (value) => (value === "right" ? value : Promise.reject(new Error(value))));
    for (const wrong of ["", "wrong"]) {
      values[redisUrl] = wrong;
      known = new Parameters("staging", () => now);
      // The second read confirms the first.
      for (let failed = 0; failed < 2; failed++) expect(await use().catch(() => "failed")).to.equal("failed");
      values[redisUrl] = "right";
      now += 30_001;
      reads = 0;
      expect([await use(), reads]).to.deep.equal(["right", 1]);
    }
  });

  it("stay in use when SSM fails at the second read, for as long", async () => {
    expect(await fail()).to.equal("failed");
    responses = ["AccessDeniedException"];
    expect([await get(), await fail(), await fail(), reads]).to.deep.equal(["redis-url 1", "failed", "failed", 2]);
    now = 30_001;
    values[parameters.redisUrl] = "corrected";
    expect([await fail(), await get(), reads]).to.deep.equal(["failed", "corrected", 4]);
  });

  it("are not read again because something fails that was built upon earlier values", async () => {
    let refuse: (error: Error) => void = () => {};
    const slow = known.use(parameters.redisUrl, () => new Promise((_, reject) => (refuse = reject))).catch(() => {});
    await get();
    expect(await fail()).to.equal("failed");
    values[parameters.redisUrl] = "corrected";
    expect(await get()).to.equal("corrected");
    refuse(new Error("refused"));
    await slow;
    expect([await get(), reads]).to.deep.equal(["corrected", 2]);
  });
});
