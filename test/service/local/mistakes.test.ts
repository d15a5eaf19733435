import { chmod, chown, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { localBackends } from "../../../service/local/backends.ts";
import { Metrics } from "../../../service/platform/metrics.ts";
import { describeWith } from "../../support/real-services.ts";
import { useSuiteFolder, useTemporaryFolder } from "../../support/temporary-folder.ts";
import { startServer, urlIn } from "./server-process.ts";

/** What the AWS SDK finds where nothing is configured. */
const withoutAws = {
  AWS_REGION: undefined,
  AWS_PROFILE: undefined,
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** Id of a user without privileges. */
const unprivileged = 65_534;

describe("A mistake in how the local server is started", () => {
  const folder = useTemporaryFolder();

  /** Starts a server that must refuse to, without a stack. */
  async function refusal(variables: NodeJS.ProcessEnv, data = folder(), words: string[] = []): Promise<string> {
    const { code, output } = await (await startServer(data, variables, { words })).ended;
    expect(code, output).to.equal(1);
    expect(output).not.to.contain("    at ");
    return output;
  }

  it("is an error of one message, without a stack, with which the process ends", async () => {
    expect(await refusal({ MONGODB_URI: "junk" })).to.match(/^\nMONGODB_URI is not .+\n\n$/);
  });

  const data = useSuiteFolder();
  const backends = (variables: NodeJS.ProcessEnv) =>
    localBackends({ ECOBEAT_DATA_DIR: data(), ...variables }, new Metrics(Date.now));
  // With all its files, so that none is created while another backend fails.
  before(() => backends({}));

  /** The message with which the server would end, of its backends in this process. */
  async function messageFor(variables: NodeJS.ProcessEnv): Promise<string> {
    const error = await backends(variables).catch((error) => error);
    expect(error).to.be.instanceOf(ConfigurationError);
    return error.message;
  }

  for (const [variable, values] of [
    ["MONGODB_URI", ["junk", "http://localhost", "mongodb://localhost/?junk=1"]],
    ["REDIS_URL", ["junk", "http://localhost"]],
    ["AWS_ENDPOINT_URL", ["junk", "localhost:4566"]],
  ] as const) {
    for (const value of values) {
      it(`names ${variable} if it is ${value}, and says what it should be`, async () => {
        const output = await messageFor({ [variable]: value });
        expect(output).to.contain(`${variable} is not`).and.contain("for example");
        expect(output).not.to.contain("does not respond");
      });
    }
  }

  it("shows nothing of an address that may hold a password", async () => {
    expect(await messageFor({ MONGODB_URI: "mongo://ann:hidden/word@host" })).not.to.contain("hidden");
    expect(await messageFor({ REDIS_URL: "ann:hidden" })).not.to.contain("hidden");
  });

  it("says that the region or the credentials are missing for a KMS that is not on this machine", async () => {
    const AWS_ENDPOINT_URL = "http://kms.invalid";
    const region = await refusal({ ...withoutAws, AWS_ENDPOINT_URL });
    expect(region).to.contain("AWS_REGION").and.not.contain("does not respond");
    const credentials = await refusal({ ...withoutAws, AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL });
    expect(credentials).to.contain("AWS_PROFILE").and.not.contain("does not respond");
  });

  it("names port and data folder for a second server if the port is in use", async () => {
    await using server = await startServer(join(folder(), "first"));
    const { port } = new URL(urlIn(await server.banner));
    const output = await refusal({ PORT: port }, join(folder(), "second"));
    expect(output).to.contain(`Port ${port} is in use`);
    expect(output).to.match(/PORT=\d+ ECOBEAT_DATA_DIR=\S+ npm start/);
  });

  for (const name of ["sessions.json", "signing-key.pem", "refresh-token-pepper", "database/ecobeat/users.json"]) {
    it(`names ${name} if it belongs to another user, as after a start with sudo`, async () => {
      const path = join(folder(), name);
      await backends({ ECOBEAT_DATA_DIR: folder() }).then((started) => started.close());
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, "[]");
      await chmod(path, 0);
      await rm(join(folder(), "lock"));
      const isRoot = process.geteuid!() === 0;
      if (isRoot) {
        const files = await readdir(folder(), { recursive: true });
        for (const file of [".", ...files]) await chown(join(folder(), file), unprivileged, unprivileged);
        // The run's own temporary folder is for its user alone.
        const { mode } = await stat(dirname(folder()));
        if ((mode & 0o011) === 0) await chmod(dirname(folder()), mode | 0o011);
        process.seteuid!(unprivileged);
      }
      try {
        expect(await messageFor({ ECOBEAT_DATA_DIR: folder() }))
          .to.contain(path)
          .and.contain("cannot be used");
      } finally {
        if (isRoot) process.seteuid!(0);
      }
    });
  }

  it("says what is wrong with the command line, and what may stand there", async () => {
    expect(await refusal({}, folder(), ["--hots"]))
      .to.contain("unknown option '--hots'")
      .and.contain("Did you mean --host?")
      .and.contain("--host [address]");
    expect(await refusal({}, folder(), ["192.168.1.5"]))
      .to.contain("too many arguments")
      .and.contain("--host");
    // 203.0.113.0/24 is for documentation (RFC 5737): no machine has such an address.
    expect(await refusal({}, folder(), ["--host", "203.0.113.254"])).to.contain("cannot listen on 203.0.113.254");
  });
});

describe("An empty variable", () => {
  const folder = useTemporaryFolder();

  it("counts as unset", async () => {
    const empty = { PORT: "", HOST: "", MONGODB_URI: "", REDIS_URL: "", AWS_ENDPOINT_URL: "" };
    await using server = await startServer("", empty, { currentFolder: folder() });
    // Port 3001 may be in use: the error about it, too, shows that it was chosen.
    expect(await server.banner).to.match(/localhost:3001|Port 3001/);
    expect(await readdir(folder())).to.deep.equal([".data"]);
  });
});

describeWith("AWS_ENDPOINT_URL", "An AWS emulator on this machine", () => {
  const folder = useTemporaryFolder();

  it("needs neither region nor credentials, and the AWS SDK prints no warning", async () => {
    const { AWS_ENDPOINT_URL } = process.env;
    await using server = await startServer(folder(), { ...withoutAws, AWS_ENDPOINT_URL });
    const banner = await server.banner;
    expect(banner).to.contain("AWS KMS at").and.not.contain("Warning");
    expect((await fetch(`${urlIn(banner)}/health/ready`)).status).to.equal(200);
  });
});
