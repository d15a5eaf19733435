import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { faultsOf } from "./rules.ts";

const folder = ".github/workflows";
const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
const checks = readFileSync(`${folder}/checks.yml`, "utf8");

describe("workflows", () => {
  for (const file of readdirSync(folder)) {
    it(`${file} keeps the rules`, async () => {
      expect(await faultsOf(readFileSync(`${folder}/${file}`, "utf8"), scripts)).to.deep.equal([]);
    });
  }

  for (const [from, to, fault] of [
    [/@de0fac2\w+/, "@v6", "not pinned by a full commit"],
    [" # v6.0.2", "", "no version beside it"],
    ["permissions: {}", "permissions: write-all", "permissions are not {} by default"],
    ["    timeout-minutes: 45\n", "", "no timeout"],
    [/concurrency:\n.*\n.*\n/, "", "no concurrency group"],
    ["  pull_request:\n", "  pull_request_target:\n", "pull_request_target is used"],
    [/redis:7-alpine@sha256:\w+/, "redis:7-alpine", "has no digest"],
    ["run: npm run check", "run: npm run chekc", "there is no such script"],
    ["run: npm test", "run: curl example.org", "not a script of this repository"],
    ["run: npm test", "run: npm test ${{ github.head_ref }}", "an expression within a shell step"],
    ["run: npm test", "run: npm run ops -- rolback --yes", "ops knows no rolback"],
    ["run: npm test", "run: npm run ops -- git mirror --frm origin", "mirror knows no --frm"],
    ["  pull_request:\n", '  schedule:\n    - cron: "61 5 * * *"\n', "invalid CRON"],
    ["runs-on: ubuntu-latest", "runs-in: ubuntu-latest", "runs-in"],
  ] as const) {
    it(`are refused with ${JSON.stringify(String(to))} for ${String(from).trim()}`, async () => {
      const broken = checks.replace(from, to);
      expect(broken).not.to.equal(checks);
      expect((await faultsOf(broken, scripts)).join("\n")).to.include(fault);
    });
  }
});
