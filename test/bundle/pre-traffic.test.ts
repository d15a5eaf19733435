import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { buildPreTrafficArchive } from "../../scripts/build/archive.ts";
import { FakeAws } from "../scripts/release/pre-traffic/fake-aws.ts";
import { majorVersions, nodeBinary, requestedVersions } from "./node-binaries.ts";
import { type UnzippedArchive, unzipAlone } from "./unzipped-archive.ts";

/** Calls the archive's export as CodeDeploy does, and prints what it gave. */
const script = `
const event = { DeploymentId: "d-EXAMPLE", LifecycleEventHookExecutionId: "execution" };
require("./index.js").tryVersion(event, { getRemainingTimeInMillis: () => 30_000 }).then(
  (result) => console.log(JSON.stringify({ result })),
);`;

describe("the archive that tries new versions, unzipped", () => {
  let archive: UnzippedArchive;
  before(async () => {
    archive = await unzipAlone((await buildPreTrafficArchive()).path);
  });
  after(() => archive.remove());

  suite(`on Node ${process.version}`, async () => process.execPath);
  for (const major of new Set([...majorVersions, ...requestedVersions])) {
    if (requestedVersions.has(major)) suite(`on Node ${major}`, () => nodeBinary(major));
    else it.skip(`on Node ${major} (skipped: ECOBEAT_NODE_VERSIONS does not name it)`);
  }

  function suite(title: string, binary: () => Promise<string>): void {
    it(`${title} asks the version, and tells CodeDeploy that it fails`, async () => {
      const aws = new FakeAws();
      await aws.start();
      aws.respond = async () => ({
        statusCode: 503,
        body: '{"dependencies":{"database":{"status":"down"}}}',
      });
      try {
        const { stdout } = await promisify(execFile)(await binary(), ["-e", script], {
          cwd: archive.folder,
          env: functionEnvironment("staging", aws.url),
        });
        const [line, outcome] = stdout.trim().split("\n");
        expect(JSON.parse(outcome!)).to.deep.equal({ result: "Failed" });
        expect(JSON.parse(line!).cause.message).to.match(/auth:7 answers 503 .*: database down$/);
        expect(aws.reportedStatuses).to.have.length(1);
      } finally {
        aws.stop();
      }
    });
  }
});
