import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { type Check, type Context, type Finding, runCheck, type State } from "../../../scripts/doctor/check.ts";
import { createContext } from "../../../scripts/doctor/doctor.ts";
import { type EmulatorAccount, openEmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import type { JsonObject, Stack } from "../../../scripts/terraform/synthesis.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { startPagingAws } from "../../support/paging-aws.ts";
import { synthesize } from "../../support/synthesize.ts";
import { setVariables } from "../../support/variables.ts";

/** A context of a test. Everything can be replaced. */
export function createTestContext(replaced: Partial<Context> = {}): Context {
  const environment = replaced.environment ?? staging;
  return {
    ...createContext({ environment, variables: process.env, stacks: [] }),
    stacks: () => synthesizeStacks(environment),
    requireAccount: async () => {},
    isDeployed: async () => false,
    ...replaced,
  };
}

const synthesized = new Map<string, Stack[]>();

/** The stacks of an environment. Those of the same environment in another account differ only in its id. */
function synthesizeStacks(environment: Environment): Stack[] {
  const stacks =
    synthesized.get(environment.name) ??
    Object.entries(synthesize([environment])).map(([name, configuration]) => ({
      name,
      folder: "",
      dependencies: [],
      configuration: configuration as unknown as JsonObject,
    }));
  synthesized.set(environment.name, stacks);
  return stacks;
}

/** Runs the check of this name. @returns its findings by their names */
export async function run(checks: readonly Check[], name: string, context: Context, limitMs?: number) {
  const check = checks.find((each) => each.name === name);
  const findings = await runCheck(check!, context, limitMs);
  return Object.fromEntries(findings.map((finding) => [finding.check, finding])) as Readonly<Record<string, Finding>>;
}

/** Runs a check with one finding, which must have this state, and an action unless all is right. */
export async function expectState(state: State, checks: readonly Check[], name: string, context: Context) {
  const findings = Object.values(await run(checks, name, context));
  expect(findings, JSON.stringify(findings)).to.have.lengthOf(1);
  expect(findings[0], JSON.stringify(findings)).to.include({ state });
  if (state !== "ok") expect(findings[0]!.action, findings[0]!.found).to.be.a("string").and.not.equal("");
  return findings[0]!;
}

/** What a fake responds. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string;
}

export type Responder = (request: {
  readonly method: string;
  readonly url: URL;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}) => Reply | undefined | Promise<Reply | undefined>;

/** An HTTP server on this machine. */
export async function startServer(respond: Responder): Promise<{ url: string; stop: () => void }> {
  const server: Server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString("latin1");
    const url = new URL(request.url!, "http://fake");
    const reply = await respond({ method: request.method!, url, headers: request.headers, body });
    const { status = reply ? 200 : 404, headers = {}, body: text = "" } = reply ?? {};
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof text === "string" ? text : JSON.stringify(text));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * An account of the AWS emulator for the tests of one suite, with an environment in it. Calls of `replies` do not reach the
 * emulator, which does not support them or not as AWS does: by the operation's name, or by method and path. Lists are served in pages.
 */
export class TestAccount {
  readonly replies = new Map<string, (body: string) => Reply>();
  account!: EmulatorAccount;
  #restore: (() => void) | undefined;
  #server: Awaited<ReturnType<typeof startPagingAws>> | undefined;

  constructor() {
    before(() => this.#start());
    after(() => this.#stop());
    afterEach(() => this.replies.clear());
  }

  /** An environment in this account. */
  toEnvironment(base: Environment): Environment {
    return { ...base, accountId: this.account.id };
  }

  async #start(): Promise<void> {
    this.#server = await startPagingAws(({ method, path, target, body }) => {
      const action = new URLSearchParams(body).get("Action");
      const reply = this.replies.get(target?.split(".")[1] ?? action ?? `${method} ${path.split("?")[0]}`)?.(body);
      if (!reply) return undefined;
      const { status = 200, headers = {}, body: text = "" } = reply;
      return { status, headers, body: typeof text === "string" ? text : JSON.stringify(text) };
    });
    this.account = await openEmulatorAccount(this.#server.url, staging.region);
    this.#restore = setVariables(this.account.variables);
  }

  #stop(): void {
    this.#restore?.();
    this.#server?.stop();
  }
}
