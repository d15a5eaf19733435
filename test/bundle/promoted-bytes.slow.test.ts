import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { bundleInProcessService, createRegistration } from "../../bench/in-process-service.ts";
import { toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";

/** Reads the profile often, and writes how many bytes of each request reached the old generation to standard error. */
const script = `
  const { getHeapSpaceStatistics } = require("node:v8");
  const [folder, register, read] = process.argv.slice(1).map((text, index) => (index ? JSON.parse(text) : text));
  const { handler } = require(folder);
  const call = (event) => handler(event, { getRemainingTimeInMillis: () => 30_000 });
  const countOld = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space").space_used_size;
  (async () => {
    const { access_token } = JSON.parse((await call(register)).body);
    read.multiValueHeaders.Authorization = ["Bearer " + access_token];
    for (let request = 0; request < 15_000; request++) await call(read);
    // The least of several: V8 optimizes code meanwhile, later on a busy machine, and keeps what it then needs.
    let least = Infinity;
    for (let round = 0; round < 5; round++) {
      gc();
      const before = countOld();
      for (let request = 0; request < 3_000; request++) await call(read);
      least = Math.min(least, (countOld() - before) / 3_000);
    }
    console.error(least);
    process.exit();
  })();
`;

describe("Warm requests of the function", () => {
  it("leave nothing in the old generation", async () => {
    const events = [createRegistration(), toApiGatewayEvent({ path: "/v1/users/me" })].map((event) =>
      JSON.stringify(event),
    );
    const program = ["--expose-gc", "-e", script, await bundleInProcessService(), ...events];
    const { stderr } = await promisify(execFile)(process.execPath, program, { maxBuffer: 2 ** 30 });
    expect(Number(stderr), "bytes of each request").to.be.lessThan(500);
  });
});
