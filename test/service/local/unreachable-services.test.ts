import { createServer } from "node:net";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { localBackends } from "../../../service/local/backends.ts";
import { Metrics } from "../../../service/platform/metrics.ts";
import { useServer } from "../../support/listen.ts";
import { useSuiteFolder } from "../../support/temporary-folder.ts";
import { awsAt, setVariables } from "../../support/variables.ts";

describe("A local server with an unreachable service", () => {
  /** Accepts connections and never responds. */
  const silentPort = useServer(createServer());
  const folder = useSuiteFolder();
  const { uptime } = process;
  const start = (variables: NodeJS.ProcessEnv) =>
    localBackends({ ...variables, ECOBEAT_DATA_DIR: folder() }, new Metrics(Date.now));

  before(async () => {
    await (await start({})).close();
    // Services must respond until the process is 4.5 s old.
    process.uptime = () => 3.8;
  });
  after(() => {
    process.uptime = uptime;
  });

  for (const [variable, name, scheme] of [
    ["MONGODB_URI", "MongoDB", "mongodb://someone:hidden@"],
    ["REDIS_URL", "Redis", "redis://someone:hidden@"],
    ["AWS_ENDPOINT_URL", "AWS KMS", "http://"],
  ] as const) {
    for (const [how, port] of [
      ["refuses connections", () => 9],
      ["stays silent", silentPort],
    ] as const) {
      it(`refuses to start with an error that names ${name} and ${variable}, if it ${how}`, async () => {
        const address = `${scheme}127.0.0.1:${port()}`;
        const restore = setVariables(awsAt(address));
        const error = await start({ [variable]: address })
          .catch((error) => error)
          .finally(restore);
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message).to.match(RegExp(`^${name} at .+:${port()} \\(${variable}\\) does not respond`));
        expect(error.message).not.to.contain("hidden");
      });
    }
  }
});
