import { execFile } from "node:child_process";
import { expect } from "chai";
import { type ConcurrencyCall, ConcurrencyProxy } from "../../../scripts/drill/concurrency-proxy.ts";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { rollback } from "../../../scripts/release/rollback.ts";
import { formatStatus, getStatus } from "../../../scripts/release/status.ts";
import { resumeTraffic, stopTraffic, type TrafficOptions } from "../../../scripts/traffic/traffic.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { setVariables } from "../../support/variables.ts";
import { EmulatedEnvironment } from "../release/emulated-environment.ts";
import { expectRefusal, ops } from "../run-ops.ts";

/** Lambda, as AWS has it, which a test can make refuse or delay calls. */
class FakeConcurrency extends ConcurrencyProxy {
  readonly calls: string[] = [];
  /** Runs before a call. @returns what to respond instead */
  before: (call: ConcurrencyCall) => ReturnType<ConcurrencyProxy["respond"]> = async () => undefined;

  override async respond(call: ConcurrencyCall) {
    const { method, function: name, limit, executions } = call;
    if (method !== "GET") this.calls.push(`${name.replace(/.*-/, "")} ${limit} ${executions ?? method}`);
    return (await this.before(call)) ?? super.respond(call);
  }
}

const refuse = (error: string, message: string, status = 400) => ({ status, error, body: { message } });

describeWith("AWS_ENDPOINT_URL", "ops traffic", () => {
  for (const [name, reserved] of [
    ["staging", { api: 50, auth: 20 }],
    ["production", { api: 250, auth: 80 }],
  ] as const) {
    describe(`in ${name}`, () => {
      const environment = new EmulatedEnvironment(name);
      let lambda: FakeConcurrency;
      let restore: () => void;
      const auth = `ecobeat-${name}-auth`;
      const stopped = { api: 0, auth: 0 };
      const output: string[] = [];
      const warnings: string[] = [];
      const run = async (
        command: (options: TrafficOptions, output: { log(l: string): void; warn(l: string): void }) => Promise<unknown>,
        options: Partial<TrafficOptions> = {},
      ) => {
        output.length = 0;
        const lines = {
          log: (line: string) => void output.push(line),
          warn: (line: string) => void warnings.push(line),
        };
        await command({ environment: name as DeployedEnvironment, yes: true, ...options }, lines);
        return output.join("\n");
      };
      const read = async () => ({
        api: await environment.functions.getReserved("api"),
        auth: await environment.functions.getReserved("auth"),
      });
      const readLog = () => new ReleaseLog(name).tryReadTraffic(50, (line) => warnings.push(line), "");

      before(async () => {
        await environment.create();
        lambda = new FakeConcurrency(await environment.aws.start());
        restore = setVariables({ AWS_ENDPOINT_URL_LAMBDA: await lambda.start() });
        await environment.functions.release("better");
        await environment.functions.release("bad");
      });
      beforeEach(async () => {
        lambda.before = async () => undefined;
        for (const id of ["api", "auth"] as const) {
          await lambda.respond({
            method: "PUT",
            function: `ecobeat-${name}-${id}`,
            limit: "reserved",
            executions: reserved[id],
          });
          await environment.functions.setConcurrency(id, reserved[id]);
        }
        if (name === "production") lambda.provision(auth, "live", 7);
        lambda.calls.length = 0;
      });
      after(() => {
        restore();
        lambda.close();
        environment.remove();
      });
      afterEach(() => expect(warnings).to.deep.equal([]));

      it("stops all requests, and resumes them with the configured numbers, each once", async () => {
        await run(stopTraffic);
        expect(await read()).to.deep.equal(stopped);
        lambda.calls.length = 0;
        const events = (await readLog())!.length;
        expect(await run(stopTraffic)).to.contain("api: stopped already\nauth: stopped already");
        expect(lambda.calls).to.deep.equal([]);
        expect((await readLog())!.length).to.equal(events);
        await run(resumeTraffic);
        expect(await read()).to.deep.equal(reserved);
        lambda.calls.length = 0;
        expect(await run(resumeTraffic)).to.contain("api: resumed already\nauth: resumed already");
        expect(lambda.calls).to.deep.equal([]);
      });

      it("removes provisioned concurrency before reserved concurrency, and restores it after that", async () => {
        await run(stopTraffic);
        await run(resumeTraffic);
        const provisioned = name === "production";
        expect(lambda.calls).to.deep.equal([
          "api reserved 0",
          ...(provisioned ? ["auth provisioned DELETE"] : []),
          "auth reserved 0",
          `api reserved ${reserved.api}`,
          `auth reserved ${reserved.auth}`,
          ...(provisioned ? ["auth provisioned 2"] : []),
        ]);
        if (provisioned) expect(output.at(-1)).to.equal("auth: provisioned concurrency is READY");
      });

      it("needs no variables of a shell but AWS's own", async () => {
        const { PATH, HOME, AWS_ENDPOINT_URL_LAMBDA } = process.env;
        const { AWS_REGION: _, ...account } = environment.account.variables;
        const env = { PATH, HOME, ...account, AWS_ENDPOINT_URL_LAMBDA };
        const runAlone = (...args: string[]) =>
          new Promise<string>((resolve, reject) => {
            const all = ["scripts/run.cjs", "scripts/ops.ts", "traffic", ...args, "--environment", name, "--yes"];
            execFile(process.execPath, all, { env }, (error, out) => (error ? reject(error) : resolve(out)));
          });
        expect(await runAlone("stop")).to.contain(`changed api reserved concurrency from ${reserved.api} to 0`);
        expect(await read()).to.deep.equal(stopped);
        expect(await runAlone("resume")).to.contain(`changed api reserved concurrency from 0 to ${reserved.api}`);
        expect(await read()).to.deep.equal(reserved);
      });

      it("prints with --dry-run what it would do, and does nothing", async () => {
        const events = (await readLog())!.length;
        const { code, output } = await ops(["traffic", "stop", "--environment", name, "--dry-run"]);
        expect(code, output).to.equal(0);
        expect(output).to.contain(`would change auth reserved concurrency from ${reserved.auth} to 0`);
        if (name === "production")
          expect(output).to.contain("would change auth live provisioned concurrency from 7 to 0");
        const { stdout } = await ops(["traffic", "stop", "--environment", name, "--dry-run", "--json"]);
        const { changes, ...rest } = JSON.parse(stdout);
        expect(rest).to.deep.equal({ environment: name, outcome: "would change" });
        expect(changes).to.deep.include({ function: "api", concurrency: "reserved", from: reserved.api, to: 0 });
        expect(await run(resumeTraffic, { dryRun: true })).to.equal("api: resumed already\nauth: resumed already");
        expect(lambda.calls).to.deep.equal([]);
        expect((await readLog())!.length).to.equal(events);
      });

      it("asks for the environment's name, and changes nothing without it", async () => {
        await expectRefusal(
          ops(["traffic", "stop", "--environment", name]),
          `type ${name}, or add --yes`,
          "[not-confirmed]",
        );
        expect(await read()).to.deep.equal(reserved);
      });

      it("removes a lower limit that a runbook has set", async () => {
        await environment.functions.setConcurrency("api", 10);
        expect(await run(resumeTraffic)).to.contain(`changed api reserved concurrency from 10 to ${reserved.api}`);
      });

      it("notes in the release log who changed what", async () => {
        await run(stopTraffic);
        const [after, before] = (await readLog())!;
        expect([before!.event, after!.event]).to.deep.equal(["traffic stop started", "traffic stopped"]);
        expect(before!.by).to.match(/^arn:aws:sts::\d{12}:assumed-role\/drill\/drill$/);
        expect(before!.changes).to.deep.include({
          function: "api",
          concurrency: "reserved",
          from: reserved.api,
          to: 0,
        });
        expect(after!.changes).to.deep.equal(before!.changes);
        await run(resumeTraffic);
        expect((await readLog())![0]).to.deep.include({ event: "traffic resumed" });
      });

      it("does the rest after a failure, and says what is done", async () => {
        lambda.before = async ({ method, function: id }) =>
          method === "PUT" && id === auth ? refuse("AccessDeniedException", "no policy allows it", 403) : undefined;
        const error = await expectCode("traffic-partly-changed", () => run(stopTraffic));
        expect(error.message)
          .to.contain(`only partly stopped`)
          .and.contain(`Changed before: api reserved concurrency from ${reserved.api} to 0`)
          .and.contain("credentials that have this permission");
        expect((await readLog())![0]).to.include({ event: "traffic stop failed" });
        lambda.before = async () => undefined;
        await run(stopTraffic);
        expect(await read()).to.deep.equal(stopped);
      });

      it("shows a stop in the status until it is over, and all events in the history", async () => {
        const show = async (isLong: boolean) =>
          (await getStatus(name, (line) => warnings.push(line)))
            .flatMap((each) => formatStatus(each, isLong))
            .join("\n");
        await run(stopTraffic);
        expect(await show(false)).to.contain(`traffic stopped: api reserved concurrency from ${reserved.api} to 0`);
        await run(resumeTraffic);
        expect(await show(false)).to.not.contain("traffic");
        expect(await show(true)).to.match(/traffic resumed: .*\n.*traffic resume started: .*\n.*traffic stopped: /);
      });

      it("notes that a stop is over which a deployment, or an interrupted command, has ended", async () => {
        await run(stopTraffic);
        for (const [id, executions] of Object.entries(reserved)) {
          await environment.functions.setConcurrency(id as "api" | "auth", executions);
          await lambda.respond({ method: "PUT", function: `ecobeat-${name}-${id}`, limit: "reserved", executions });
        }
        if (name === "production") lambda.provision(auth, "live", 2);
        lambda.calls.length = 0;
        await run(resumeTraffic, { dryRun: true });
        expect((await readLog())![0]).to.include({ event: "traffic stopped" });
        expect(await run(resumeTraffic)).to.contain("api: resumed already\nauth: resumed already");
        expect(lambda.calls).to.deep.equal([]);
        const events = (await readLog())!;
        expect(events[0]).to.deep.include({ event: "traffic resumed", changes: [] });
        await run(resumeTraffic);
        expect((await readLog())!.length).to.equal(events.length);
      });

      it("does not change what a rollback restores after a failed release", async () => {
        const { versions } = (await getStatus(name, () => {}))[0]!.functions[0]!;
        const shifts = (["api", "auth"] as const).map((id) => ({ function: id, from: [3], to: 4 }));
        await new ReleaseLog(name).append({ event: "release rolled back", shifts, sha256: "failed" });
        await run(stopTraffic);
        await run(resumeTraffic);
        expect(versions).to.deep.equal([3]);
        const { release } = await rollback({ environment: name, dryRun: true }, { log: () => {}, warn: () => {} });
        expect(release).to.equal(null);
      });

      if (name === "production") {
        it("stops although Application Auto Scaling provisions again in between", async () => {
          let times = 2;
          lambda.before = async ({ method, limit, executions }) => {
            if (method === "PUT" && limit === "reserved" && executions === 0 && times-- > 0)
              lambda.provision(auth, "live", 2);
            return undefined;
          };
          await run(stopTraffic);
          expect(await read()).to.deep.equal(stopped);
          expect(times).to.be.below(0);
          const refused = await lambda.respond({
            ...{ method: "PUT", function: auth, limit: "provisioned", qualifier: "live", executions: 2 },
          });
          expect(refused).to.include({ status: 400 });
        });

        it("stops with provisioned concurrency of a version next to that of the alias", async () => {
          lambda.provision(auth, "2", 3);
          await run(stopTraffic);
          expect(await read()).to.deep.equal(stopped);
        });

        it("resumes although Lambda still knows the old reserved concurrency for a moment", async () => {
          await run(stopTraffic);
          let times = 1;
          lambda.before = async ({ method, limit }) =>
            method === "PUT" && limit === "provisioned" && times-- > 0
              ? refuse(
                  "InvalidParameterValueException",
                  "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
                )
              : undefined;
          await run(resumeTraffic);
          expect(output.at(-1)).to.equal("auth: provisioned concurrency is READY");
        });

        it("explains why a deployment in progress keeps it from provisioning, after it has resumed the requests", async () => {
          await run(stopTraffic);
          lambda.before = async ({ method, limit }) =>
            method === "PUT" && limit === "provisioned"
              ? refuse(
                  "InvalidParameterValueException",
                  "Alias with weights can not be used with Provisioned Concurrency",
                )
              : undefined;
          const error = await expectCode("traffic-partly-changed", () => run(resumeTraffic));
          expect(error.message).to.contain("A deployment splits the traffic").and.contain("Wait until the deployment");
          expect(await read()).to.deep.equal(reserved);
        });

        it("provisions again what has failed, and says why it fails", async () => {
          lambda.provision(auth, "live", 2, "FAILED");
          await run(resumeTraffic);
          expect(lambda.calls).to.deep.equal(["auth provisioned 2"]);
          lambda.before = async ({ method, limit, qualifier }) => {
            if (method === "GET" && limit === "provisioned" && qualifier === undefined)
              lambda.provision(auth, "live", 2, "FAILED");
            return undefined;
          };
          const error = await expectCode("provisioned-concurrency-failed", () => run(resumeTraffic));
          expect(error.message).to.contain("is resumed, but auth has no provisioned concurrency");
        });
      }
    });
  }
});
