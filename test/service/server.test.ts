import { once } from "node:events";
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { networkAddresses } from "../../service/local/network-addresses.ts";
import { mongoDatabase } from "../support/databases.ts";
import { parseEmbeddedMetrics } from "../support/embedded-metrics.ts";
import { describeWith } from "../support/real-services.ts";
import { newPerson } from "../support/service.ts";
import { useSuiteFolder, useTemporaryFolder } from "../support/temporary-folder.ts";
import { apiKey, post, type ServerProcess, startServer, stopServer, urlIn } from "./local/server-process.ts";

describe("The local server", () => {
  const folder = useTemporaryFolder();

  describe("without variables", () => {
    const data = useSuiteFolder();
    let server: ServerProcess;
    let banner: string;
    before(async () => {
      await chmod(data(), 0o755);
      server = await startServer(data(), {}, { hasKey: false });
      banner = await server.banner;
    });
    after(() => stopServer(server));

    it("runs on embedded backends, says so, and prints curl lines that work", async () => {
      for (const words of ["/database;", "/sessions.json;", "embedded backend, RSA key"])
        expect(banner).to.contain(words);
      for (const variable of ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"]) expect(banner).to.contain(variable);
      const curl =
        /curl -s (\S+) -H 'x-api-key: development' -H 'content-type: application\/json' \\\n\s+-d '(.+)'/.exec(banner)!;
      const body = JSON.parse(curl[2]!.replace("'$RANDOM'", "7"));
      expect((await post(curl[1]!, body)).status).to.equal(201);
      expect((await fetch(`${urlIn(banner)}/health/ready`)).status).to.equal(200);
    });

    it("does not listen on the network without HOST", async function () {
      const [address] = networkAddresses("IPv4");
      if (!address) return this.skip();
      const { port } = new URL(urlIn(banner));
      expect(await fetch(`http://${address}:${port}/health/live`).catch(() => "refused")).to.equal("refused");
    });

    it("prints a pretty line for a request", async () => {
      const printed = server.prints("problem=");
      await fetch(`${urlIn(banner)}/health/live`);
      await fetch(`${urlIn(banner)}/v1/activities/an-id?secret=hidden`, { headers: apiKey });
      const output = await printed;
      expect(output).to.match(/^\d\d:\d\d:\d\d GET +\/health\/live +200 +\d+ ms \w{8}$/m);
      expect(output)
        .to.match(/ GET +\/v1\/activities\/an-id +401 +\d+ ms \w{8} problem=[a-z-]+$/m)
        .and.not.contain("hidden");
    });

    it("prints the mails that it would send, with links to click, and shows them on a page", async () => {
      expect(banner).to.match(/^ {2}mails +files in .*\/mails, and on http:\/\/\S+\/mails$/m);
      const printed = server.prints("mail email-verification");
      const { email } = newPerson();
      await post(`${urlIn(banner)}/v1/auth/register`, { ...newPerson(), email });
      const line = new RegExp(
        `^mail email-verification to ${email}: (\\S+/links/confirm-email\\?token=[\\w-]{43})$`,
        "m",
      );
      const [, link] = line.exec(await printed)!;
      expect(await (await fetch(`${urlIn(banner)}/mails`)).text()).to.contain(`href="${link}"`);
    });

    it("keeps data and keys over a restart, in a folder that only its owner can read", async () => {
      const person = newPerson();
      const registered = await post(`${urlIn(banner)}/v1/auth/register`, person);
      const { user, ...opened } = (await registered.json()) as {
        user: object;
        access_token: string;
        refresh_token: string;
      };
      const keysBefore = await (await fetch(`${urlIn(banner)}/.well-known/jwks.json`)).text();
      await stopServer(server);

      await using second = await startServer(data());
      const url = urlIn(await second.banner);
      expect(await (await fetch(`${url}/.well-known/jwks.json`)).text()).to.equal(keysBefore);
      expect((await post(`${url}/v1/auth/register`, person)).status).to.equal(409);
      const { refresh_token } = opened;
      expect((await post(`${url}/v1/auth/refresh`, { refresh_token })).status).to.equal(200);
      const login = await post(`${url}/v1/auth/login`, { email: person.email, password: person.password });
      const { access_token } = (await login.json()) as { access_token: string };
      const me = await fetch(`${url}/v1/users/me`, { headers: { authorization: `Bearer ${access_token}`, ...apiKey } });
      expect(await me.json()).to.deep.equal(user);
      for (const file of [".", "signing-key.pem", "refresh-token-pepper", "sessions.json"])
        expect((await stat(join(data(), file))).mode & 0o077, file).to.equal(0);
    });
  });

  it("finishes a request in progress when it is stopped", async () => {
    const server = await startServer(folder());
    const url = urlIn(await server.banner);
    const body = JSON.stringify(newPerson());
    const sent = request(`${url}/v1/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length, expect: "100-continue", ...apiKey },
    });
    const status = new Promise<number | undefined>((resolve, reject) => {
      sent.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
    });
    sent.write(body.slice(0, 10));
    await once(sent, "continue");
    server.process.kill("SIGTERM");
    while ((await fetch(url).catch(() => "refused")) !== "refused") await wait(10);
    sent.end(body.slice(10));
    expect(await status).to.equal(201);
    expect((await server.ended).code).to.equal(0);
  });

  describe("with HOST=0.0.0.0, LOG_FORMAT=json, and a file .env", () => {
    const currentFolder = useSuiteFolder();
    let server: ServerProcess;
    let banner: string;
    let standardOutput = "";
    before(async () => {
      await writeFile(join(currentFolder(), ".env"), "API_KEY=of-the-file\nLOG_FORMAT=none\n");
      const variables = { HOST: "0.0.0.0", LOG_FORMAT: "json" };
      server = await startServer(join(currentFolder(), "data"), variables, { currentFolder: currentFolder() });
      server.process.stdout!.on("data", (chunk) => {
        standardOutput += chunk;
      });
      banner = await server.banner;
    });
    after(() => stopServer(server));

    it("reads .env of the current folder, and prefers the environment", () => {
      expect(banner).to.contain("API key      of-the-file");
    });

    it("listens for a phone on the same network, and says at which address", async function () {
      const [address] = networkAddresses("IPv4");
      if (!address) return this.skip();
      const { port } = new URL(urlIn(banner));
      expect(banner).to.contain(`http://${address}:${port}`).and.not.contain("http://0.0.0.0");
      for (const host of [address, "localhost"])
        expect((await fetch(`http://${host}:${port}/health/live`)).status).to.equal(200);
    });

    it("prints JSON alone on standard output", async () => {
      const headers = { "x-api-key": "of-the-file" };
      await fetch(`${urlIn(banner).replace("0.0.0.0", "localhost")}/v1/activities/an-id`, { headers });
      await stopServer(server);
      const lines = standardOutput.split("\n");
      expect(lines.pop()).to.equal("");
      expect(JSON.parse(lines.at(-1)!)).to.include({ message: "request", route: "/v1/activities/*", status: 401 });
      for (const line of lines) expect(JSON.parse(line).message).to.equal("request");
      expect(standardOutput).not.to.contain("an-id");
    });
  });

  it("says which file to correct if .env cannot be read", async () => {
    const currentFolder = folder();
    await mkdir(join(currentFolder, ".env"));
    const { code, output } = await (await startServer(join(currentFolder, "data"), {}, { currentFolder })).ended;
    expect(code).to.equal(1);
    expect(output).to.contain("The file .env in this folder").and.not.contain("    at ");
  });

  it("gives a phone with --host an address that works: for the app, its tokens and its origin", async function () {
    await using server = await startServer(folder(), {}, { words: ["--host"] });
    const banner = await server.banner;
    const phone = /EXPO_PUBLIC_API_URL=(http:\S+)/.exec(banner)?.[1];
    if (!phone) return this.skip();
    const { hostname, port } = new URL(phone);
    const registered = await post(`${phone}/v1/auth/register`, newPerson());
    const { access_token } = (await registered.json()) as { access_token: string };
    const { iss, aud } = JSON.parse(Buffer.from(access_token.split(".")[1]!, "base64url").toString());
    expect([iss, aud]).to.deep.equal([phone, phone]);
    expect(banner).to.contain(`Access tokens have the issuer ${phone}`);
    const allowed = async (origin: string) => {
      const headers = { authorization: `Bearer ${access_token}`, origin, ...apiKey };
      const me = await fetch(`http://localhost:${port}/v1/users/me`, { headers });
      expect(me.status).to.equal(200);
      return me.headers.get("access-control-allow-origin");
    };
    for (const origin of [`http://${hostname}:8081`, `http://${hostname}:19006`, "http://localhost:8081"])
      expect(await allowed(origin)).to.equal(origin);
    for (const origin of [`http://${hostname}:8082`, "http://203.0.113.254:8081"])
      expect(await allowed(origin)).to.equal(null);
  });

  it("ends with an error that names a service that does not respond, and without a stack", async () => {
    const server = await startServer(folder(), { REDIS_URL: "redis://someone:hidden@127.0.0.1:9" });
    const { code, output } = await server.ended;
    expect(code).to.equal(1);
    expect(output).to.contain("does not respond").and.contain("REDIS_URL");
    expect(output).not.to.contain("hidden").and.not.contain("    at ");
  });
});

describeWith("MONGODB_URI", "The local server on MongoDB, with LOG_FORMAT=json", () => {
  const folder = useTemporaryFolder();

  it("prints how its connections are used, as Lambda does", async () => {
    await using mongo = await mongoDatabase();
    const uri = new URL(process.env.MONGODB_URI!);
    uri.pathname = `/${mongo.database.databaseName}`;
    const server = await startServer(folder(), { MONGODB_URI: uri.href, LOG_FORMAT: "json" });
    await post(`${urlIn(await server.banner)}/v1/auth/register`, newPerson());
    const { output } = await stopServer(server);
    const lines = output.split("\n").filter((line) => line.startsWith("{"));
    const names = lines.flatMap((line) => parseEmbeddedMetrics(JSON.parse(line))).map(({ name }) => name);
    expect(names).to.include.members(["DatabasePoolInUse", "DatabasePoolWait", "SignDuration"]);
  });
});

describeWith("AWS_ENDPOINT_URL", "The local server with services in .env", () => {
  const folder = useTemporaryFolder();

  it("connects to them", async () => {
    const names = ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    await writeFile(join(folder(), ".env"), names.map((name) => `${name}=${process.env[name] ?? ""}\n`).join(""));
    const unset = Object.fromEntries(names.map((name) => [name, undefined]));
    await using server = await startServer(join(folder(), "data"), unset, { currentFolder: folder() });
    const banner = await server.banner;
    expect(banner).to.contain(`AWS KMS at ${process.env.AWS_ENDPOINT_URL}`);
    expect((await post(`${urlIn(banner)}/v1/auth/register`, newPerson())).status).to.equal(201);
  });
});
