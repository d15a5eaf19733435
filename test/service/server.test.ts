import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { newPerson } from "../support/service.ts";

const partVariables = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"] as const;

/** Starts the server as `npm start` does, on a free port, with none but the given parts. */
function start(
  folder: string,
  variables: Record<string, string> = {},
): {
  process: ChildProcess;
  greeting: Promise<string>;
  ended: Promise<{ code: number | null; output: string }>;
} {
  const environment = { ...process.env, PORT: "0", ECOBEAT_DATA_DIR: folder, ...variables };
  for (const name of partVariables) if (!(name in variables)) delete (environment as NodeJS.ProcessEnv)[name];
  const child = spawn(process.execPath, ["--import", "tsx", "service/server.ts"], { env: environment });
  let output = "";
  const greeting = new Promise<string>((resolve) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      if (output.includes("-d '")) resolve(output);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
  });
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, output })),
  );
  return { process: child, greeting: Promise.race([greeting, ended.then(({ output }) => output)]), ended };
}

const urlIn = (greeting: string) => /http:\/\/localhost:\d+/.exec(greeting)![0];

describe("The local server", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-server-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const post = (url: string, body: object) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  it("runs on embedded parts, says so, and prints curl lines that work", async () => {
    const server = start(folder);
    const greeting = await server.greeting;
    for (const words of ["embedded", "in this process", "local RSA key", ...partVariables])
      expect(greeting).to.contain(words);
    const curl = /curl -s (\S+) -H 'content-type: application\/json' \\\n\s+-d '(.+)'/.exec(greeting)!;
    const body = JSON.parse(curl[2]!.replace("'$RANDOM'", "7"));
    expect((await post(curl[1]!, body)).status).to.equal(201);
    expect((await fetch(`${urlIn(greeting)}/health/ready`)).status).to.equal(200);
    server.process.kill("SIGTERM");
    expect((await server.ended).code).to.equal(0);
  });

  it("keeps data and keys over a restart, the keys for its owner's eyes alone", async () => {
    const person = newPerson();
    const first = start(folder);
    const registered = await post(`${urlIn(await first.greeting)}/v1/auth/register`, person);
    const { user } = (await registered.json()) as { user: object };
    const keysBefore = await (await fetch(`${urlIn(await first.greeting)}/.well-known/jwks.json`)).text();
    first.process.kill("SIGINT");
    await first.ended;

    const second = start(folder);
    const url = urlIn(await second.greeting);
    expect(await (await fetch(`${url}/.well-known/jwks.json`)).text()).to.equal(keysBefore);
    expect((await post(`${url}/v1/auth/register`, person)).status).to.equal(409);
    const login = await post(`${url}/v1/auth/login`, { email: person.email, password: person.password });
    const { access_token } = (await login.json()) as { access_token: string };
    const me = await fetch(`${url}/v1/users/me`, { headers: { authorization: `Bearer ${access_token}` } });
    expect(await me.json()).to.deep.equal(user);
    for (const file of ["signing-key.pem", "refresh-token-pepper"]) {
      expect((await stat(join(folder, file))).mode & 0o077, file).to.equal(0);
    }
    second.process.kill("SIGINT");
    await second.ended;
  });

  describe("with a part that does not answer", () => {
    /** A server that takes connections and never says a word. */
    const silent = createServer();
    before((done) => void silent.listen(0, "127.0.0.1", done));
    after(() => void silent.close());
    const deadPort = () => (silent.address() as AddressInfo).port;

    for (const [variable, part, scheme] of [
      ["MONGODB_URI", "MongoDB", "mongodb://someone:hidden@"],
      ["REDIS_URL", "Redis", "redis://someone:hidden@"],
      ["AWS_ENDPOINT_URL", "AWS KMS", "http://"],
    ] as const) {
      for (const [how, port] of [
        ["refuses connections", () => 9],
        ["stays silent", deadPort],
      ] as const) {
        it(`ends with an error that names ${part} and ${variable}, within 5 s, if it ${how}`, async () => {
          const begun = performance.now();
          const { code, output } = await start(folder, {
            [variable]: `${scheme}127.0.0.1:${port()}`,
            AWS_REGION: "eu-west-1",
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
          }).ended;
          expect(performance.now() - begun).to.be.below(8_000);
          expect(code).to.equal(1);
          expect(output).to.contain(`${part} does not answer`).and.contain(variable);
          expect(output).not.to.contain("hidden").and.not.contain("    at ");
        });
      }
    }
  });

  it("says what is wrong with a port that is in use, or is none", async () => {
    const server = start(folder);
    const { port } = new URL(urlIn(await server.greeting));
    const { code, output } = await start(folder, { PORT: port }).ended;
    expect(code).to.equal(1);
    expect(output).to.contain(`Port ${port} is in use`);
    expect((await start(folder, { PORT: "http" }).ended).output).to.contain('PORT is "http"');
    server.process.kill("SIGINT");
    await server.ended;
  });
});
