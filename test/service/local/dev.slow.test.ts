import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { attachDebugger } from "../../support/debugger.ts";
import { newPerson } from "../../support/service.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { apiKey, post } from "./server-process.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/**
 * A port that is free now, and that no other test gets: systems give out ports from 32768 on for port 0, also while the server restarts.
 * The reloaded server needs the same one: it is in the issuer of access tokens.
 */
async function findFreePort(): Promise<number> {
  const port = randomInt(20_000, 30_000);
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return findFreePort();
  }
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The processes in the group of a process. */
const listProcesses = ({ pid }: ChildProcess): string =>
  execFileSync("ps", ["-A", "-o", "pgid,pid,ppid,stat,etime,args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => Number.parseInt(line, 10) === pid)
    .join("\n");

/** Before the timeout of mocha, which would not show the output. */
const outputLimitMs = 150_000;

describe("npm run dev", () => {
  const folder = useTemporaryFolder();
  let child: ChildProcess;
  let output = "";
  /** Called when the process has printed or ended. */
  let onChange = () => {};
  let url: string;

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  /**
   * Waits until the output has a text that it did not have before.
   * @throws {Error} with the output and the processes, if npm ends before, or the server, after which tsx waits for a change
   */
  async function prints(text: string, times = 1): Promise<void> {
    const limit = AbortSignal.timeout(outputLimitMs);
    while (output.split(text).length <= times) {
      if (hasEnded() || limit.aborted) {
        const state = hasEnded() ? `npm has ended with ${child.exitCode ?? child.signalCode}` : "npm still runs";
        const reason = `${state}, and the last line is "${output.trim().split("\n").at(-1)}"`;
        throw new Error(`"${text}" is not printed ${times} times: ${reason}\n${output}\n${listProcesses(child)}`);
      }
      await new Promise<void>((resolve) => {
        onChange = resolve;
        limit.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  const source = (path: string) => join(folder(), "service", path);
  /** Replaces the file, as many editors and Git do. */
  const edit = async (path: string, from: string, to: string) => {
    const text = await readFile(source(path), "utf8");
    expect(text).to.contain(from);
    await writeFile(`${source(path)}~`, text.replace(from, to));
    await rename(`${source(path)}~`, source(path));
  };

  beforeEach(async () => {
    for (const path of [
      "service",
      "scripts/node-version.cjs",
      "scripts/single-signal.cjs",
      "package.json",
      "tsconfig.json",
    ])
      await cp(join(root, path), join(folder(), path), { recursive: true });
    await symlink(join(root, "node_modules"), join(folder(), "node_modules"));
    const port = await findFreePort();
    const environment = { NODE_OPTIONS: "--inspect-port=0", MONGODB_URI: "", REDIS_URL: "", AWS_ENDPOINT_URL: "" };
    output = "";
    child = spawn("npm", ["run", "dev", "--", "--host", "127.0.0.1"], {
      cwd: folder(),
      env: { ...process.env, ...environment, PORT: `${port}`, ECOBEAT_DATA_DIR: ".data" },
      // A group of its own, to which a test can send what a terminal sends at Ctrl-C.
      detached: true,
    });
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on("data", (chunk) => {
        output += chunk;
        onChange();
      });
    }
    child.once("exit", () => onChange());
    url = `http://127.0.0.1:${port}`;
    await prints("ready after");
  });

  afterEach(async () => {
    if (hasEnded()) return;
    const closed = once(child, "close");
    process.kill(-child.pid!, "SIGINT");
    await closed;
  });

  it("reloads a file at each change", async () => {
    for (const [from, to, times] of [
      ["docs: docsRoute", "change: 1, docs: docsRoute", 2],
      ["change: 1", "change: 2", 3],
      ["change: 2", "change: 3", 4],
    ] as const) {
      await (await fetch(url)).text();
      await edit("docs/root.ts", from, to);
      await prints("ready after", times);
    }
    expect(await (await fetch(url)).json()).to.have.property("change", 3);
  });

  it("reloads a file that had a mistake when it was first loaded", async () => {
    await edit("docs/root.ts", "docs: docsRoute", "docs: (docsRoute");
    await prints("ready after", 2);
    expect((await fetch(url)).status).to.equal(500);
    await edit("docs/root.ts", "docs: (docsRoute", "docs: docsRoute");
    await prints("ready after", 3);
    expect((await fetch(url)).status).to.equal(200);
  });

  it("reloads a changed file, and keeps everyone logged in", async () => {
    const registered = await post(`${url}/v1/auth/register`, newPerson());
    const { access_token, refresh_token } = (await registered.json()) as Record<string, string>;
    const getPointer = async () => (await fetch(url)).json();
    expect(await getPointer()).not.to.have.property("changed");

    await edit("docs/root.ts", "docs: docsRoute", "changed: true, docs: docsRoute");
    await prints("ready after", 2);
    expect(await getPointer()).to.have.property("changed", true);
    const sessions = await fetch(`${url}/v1/sessions`, {
      headers: { authorization: `Bearer ${access_token}`, ...apiKey },
    });
    expect(sessions.status).to.equal(200);
    expect((await post(`${url}/v1/auth/refresh`, { refresh_token })).status).to.equal(200);
  });

  it("waits for the correction of a mistake", async () => {
    await edit("server.ts", "await start();", "await start(;");
    await prints("TransformError");
    await edit("server.ts", "await start(;", "await start();");
    await prints("ready after", 2);
    expect((await fetch(`${url}/health/live`)).status).to.equal(200);
  });

  it("waits for a file that is imported before it exists, and again after its deletion", async () => {
    await edit("docs/root.ts", "import", 'import "./later.ts";\nimport');
    await prints("ready after", 2);
    expect((await fetch(url)).status).to.equal(500);
    const later = source("docs/later.ts");
    await writeFile(later, "");
    await prints("ready after", 3);
    expect((await fetch(url)).status).to.equal(200);
    await rm(later);
    await prints("ready after", 4);
    expect((await fetch(url)).status).to.equal(500);
    await writeFile(later, "");
    await prints("ready after", 5);
    expect((await fetch(url)).status).to.equal(200);
  });

  it("stops at a breakpoint in the TypeScript of the login", async () => {
    const person = newPerson();
    await post(`${url}/v1/auth/register`, person);
    const { email, password } = person;
    const logIn = () => post(`${url}/v1/auth/login`, { email, password });
    expect((await logIn()).status).to.equal(200);
    await using attached = await attachDebugger(output.match(/ws:\/\/\S+/g)!.at(-1)!);
    const login = source("auth/password-login.ts");
    const line = (await readFile(login, "utf8"))
      .split("\n")
      .findIndex((text) => text.includes("await passwords.verify"));
    await attached.breakAt(pathToFileURL(login).href, line);
    const response = logIn();
    const paused = await attached.paused();
    expect(paused).to.include({ url: pathToFileURL(login).href, line });
    const { callFrameId } = paused;
    const { result } = await attached.call("Debugger.evaluateOnCallFrame", { callFrameId, expression: "email" });
    expect(result).to.include({ value: email });
    await attached.call("Debugger.resume");
    expect((await response).status).to.equal(200);
  });

  it("ends at Ctrl-C, with the lock of its data folder", async () => {
    const lock = join(folder(), ".data", "lock");
    expect(existsSync(lock)).to.equal(true);
    const closed = once(child, "close");
    process.kill(-child.pid!, "SIGINT");
    await closed;
    expect(existsSync(lock)).to.equal(false);
  });

  it("responds to a request in progress before it ends at Ctrl-C", async () => {
    const { hostname, port } = new URL(url);
    const phone = connect(Number(port), hostname);
    await once(phone, "connect");
    phone.write("GET /health/live HTTP/1.1\r\nHost: api\r\n");
    // The server has accepted the connection before the next one.
    await (await fetch(`${url}/health/live`)).text();
    const closed = once(child, "close");
    process.kill(-child.pid!, "SIGINT");
    await prints("Waiting for requests in progress");
    phone.write("\r\n");
    expect(await text(phone)).to.match(/^HTTP\/1.1 200 /);
    await closed;
  });
});
