import { expect } from "chai";
import { createProgram } from "../../scripts/ops.ts";
import { findLeaves } from "../support/commands/ops.ts";

/** Whether a command has an option, or why it has not. */
type Has = true | string;

interface Row {
  readonly json: Has;
  readonly dryRun: Has;
  /** What the operator types to confirm: without a terminal, only `--yes` does. */
  readonly yes:
    | "environment"
    | "cluster"
    | "database"
    | "role"
    | "location"
    | "mirrors"
    | "preview"
    | "account"
    | "CDKTF asks"
    | false;
}

const reads = "it changes nothing";

/** Each command. A new one must be entered: see "A command of `ops`" in CONTRIBUTING.md. */
const table: Readonly<Record<string, Row>> = {
  doctor: { json: true, dryRun: reads, yes: false },
  deploy: { json: "its output is that of CDKTF", dryRun: true, yes: "CDKTF asks" },
  migrate: { json: true, dryRun: true, yes: false },
  "preview create": { json: true, dryRun: true, yes: false },
  "preview destroy": { json: true, dryRun: true, yes: "preview" },
  "preview list": { json: true, dryRun: reads, yes: false },
  "preview clean": { json: true, dryRun: true, yes: "environment" },
  "git mirror": { json: true, dryRun: true, yes: "mirrors" },
  "git verify": { json: true, dryRun: reads, yes: false },
  review: { json: true, dryRun: reads, yes: false },
  drift: { json: true, dryRun: reads, yes: false },
  release: { json: true, dryRun: true, yes: "environment" },
  "release verify": { json: true, dryRun: reads, yes: false },
  promote: { json: true, dryRun: true, yes: "environment" },
  rollback: { json: true, dryRun: true, yes: "environment" },
  status: { json: true, dryRun: reads, yes: false },
  health: { json: true, dryRun: "it changes nothing but a session, which its logout ends", yes: false },
  env: { json: "its output is a script for the shell", dryRun: reads, yes: false },
  "traffic stop": { json: true, dryRun: true, yes: "environment" },
  "traffic resume": { json: true, dryRun: true, yes: "environment" },
  drill: { json: true, dryRun: true, yes: "environment" },
  "backup create": { json: true, dryRun: true, yes: false },
  "backup list": { json: true, dryRun: reads, yes: false },
  "backup verify": { json: true, dryRun: true, yes: false },
  "backup prune": { json: true, dryRun: true, yes: "location" },
  restore: { json: true, dryRun: true, yes: "database" },
  "erasures export": { json: true, dryRun: true, yes: false },
  "erasures import": { json: true, dryRun: true, yes: "database" },
  "atlas status": { json: true, dryRun: reads, yes: false },
  "atlas snapshots": { json: true, dryRun: true, yes: false },
  "atlas restore": { json: true, dryRun: true, yes: "cluster" },
  "privacy verify-erasure": { json: true, dryRun: reads, yes: false },
  "users find": { json: true, dryRun: reads, yes: false },
  "users show": { json: true, dryRun: reads, yes: false },
  "users sessions": { json: true, dryRun: reads, yes: false },
  "users end-sessions": { json: true, dryRun: true, yes: "account" },
  "users export": { json: true, dryRun: true, yes: false },
  "users delete": { json: true, dryRun: true, yes: "account" },
  "users resend": { json: true, dryRun: true, yes: false },
  "users audit": { json: true, dryRun: reads, yes: false },
  "keys list": { json: true, dryRun: reads, yes: false },
  // These three refuse to run before no user is affected.
  "keys rotate": { json: true, dryRun: true, yes: false },
  "keys promote": { json: true, dryRun: true, yes: false },
  "keys retire": { json: true, dryRun: true, yes: false },
  "keys revoke": { json: true, dryRun: true, yes: "environment" },
  "pepper list": { json: true, dryRun: reads, yes: false },
  "pepper rotate": { json: true, dryRun: true, yes: false },
  "pepper promote": { json: true, dryRun: true, yes: false },
  "pepper retire": { json: true, dryRun: true, yes: false },
  "pepper revoke": { json: true, dryRun: true, yes: "environment" },
  "secrets create": { json: true, dryRun: true, yes: false },
  "credentials revoke": { json: true, dryRun: true, yes: "role" },
  calendar: { json: true, dryRun: reads, yes: false },
  cost: { json: true, dryRun: reads, yes: false },
  capacity: { json: true, dryRun: reads, yes: false },
  "tune-argon2": { json: true, dryRun: reads, yes: false },
  "right-size": { json: true, dryRun: reads, yes: false },
  help: { json: "its output is text to read", dryRun: reads, yes: false },
  completion: { json: "its output is a script for the shell", dryRun: reads, yes: false },
};

describe("the options of every command of ops", () => {
  const leaves = findLeaves(createProgram()).map(({ command, path }) => ({ command, name: path.join(" ") }));

  it("are in the table", () => {
    expect(leaves.map(({ name }) => name)).to.have.members(Object.keys(table));
  });

  for (const { command, name } of leaves) {
    it(`${name} has --json, --dry-run and --yes, or a reason why not`, () => {
      const { json, dryRun, yes } = table[name]!;
      const options = command.options.map(({ long }) => long);
      const expected = { "--json": json === true, "--dry-run": dryRun === true, "--yes": yes !== false };
      const found = Object.fromEntries(Object.keys(expected).map((option) => [option, options.includes(option)]));
      expect(found).to.deep.equal(expected);
      // Consent has no other spelling.
      expect(options.filter((option) => /^--(yes-|confirm|approve|assume)/.test(option!))).to.deep.equal([]);
    });
  }
});
