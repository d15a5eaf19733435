import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { Argument, Command, CommanderError, Option } from "commander";
import { createProgram } from "../../scripts/ops.ts";
import { findLeaves, silence } from "../support/commands/ops.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { ops, withoutCredentials } from "./run-ops.ts";

const program = createProgram();
const leaves = findLeaves(program);

/** The commands that need neither an option nor a service. */
const needNothing = ["calendar", "cost", "help"];

/** Commands that change nothing, which they need not say. */
const readOnly = [
  "atlas snapshots --environment staging",
  "atlas status --environment staging",
  "backup list --location s3://nowhere",
  "backup verify --environment staging",
  "backup verify --location s3://nowhere",
  "drift --environment staging",
  "git verify",
  "keys list --environment staging",
  "pepper list --environment staging",
  "right-size --environment staging",
  "status --environment staging",
];

/** Variables with which no command reaches a service. */
const unreachable = {
  ...withoutCredentials,
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  MONGODB_URI: "mongodb://127.0.0.1:9",
  REDIS_URL: "redis://127.0.0.1:9",
  MONGODB_ATLAS_CLIENT_ID: "",
  MONGODB_ATLAS_CLIENT_SECRET: "",
  GH_TOKEN: "",
  GITHUB_TOKEN: "",
  TF_TOKEN_app_terraform_io: "",
};

/** Runs a command line that is wrong. @returns what is printed */
function refuse(args: readonly string[]): string {
  let said = "";
  silence(program, (text) => {
    said += text;
  });
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    expect((error as CommanderError).exitCode, args.join(" ")).to.equal(1);
    return said;
  }
  throw new Error(`ops ${args.join(" ")} is accepted`);
}

/** A name with one typing error. */
const misspell = (name: string): string => `${name.slice(0, 1)}${name.slice(2)}`;

/** A value that an option or argument accepts. */
function toValue({ argChoices, parseArg }: Option | Argument): string {
  const accepted = [...(argChoices ?? []), "1", "1000", "15m", randomUUID()].find((value) => {
    try {
      parseArg?.(value, undefined);
      return true;
    } catch {
      return false;
    }
  });
  return accepted!;
}

/** The options and arguments that a command needs, except for one. */
const fill = ({ options, registeredArguments }: Command, except?: Option | Argument): string[] => [
  ...options
    .filter((option) => option.mandatory && option !== except)
    .flatMap((option) => [option.long!, toValue(option)]),
  ...registeredArguments.filter((argument) => argument.required && argument !== except).map(toValue),
];

describe("every command of ops", () => {
  const folder = useTemporaryFolder();

  it("is in a group of the help", () => {
    expect(program.commands.filter((command) => !command.helpGroup()).map((command) => command.name())).to.deep.equal(
      [],
    );
  });

  for (const { command, path } of leaves) {
    const name = path.join(" ");

    it(`${name} answers an unknown option with the nearest one`, () => {
      const option = command.options.at(-1)?.long ?? "--help";
      const said = refuse([...path, ...fill(command), `--${misspell(option.slice(2))}`]);
      expect(said)
        .to.contain("unknown option")
        .and.match(/\(Did you mean /)
        .and.contain(option);
    });

    for (const target of [...command.options, ...command.registeredArguments]) {
      if (!target.argChoices) continue;
      it(`${name} answers an unknown choice of ${target.name()} with the nearest one`, () => {
        for (const choice of target.argChoices!) {
          const wrong = misspell(choice);
          const args = "long" in target ? [target.long!, wrong] : [wrong];
          const said = refuse([...path, ...fill(command, target), ...args]);
          expect(said)
            .to.contain(wrong)
            .and.match(/\(Did you mean /)
            .and.contain(choice);
        }
      });
    }
  }

  it("answers an unknown name with the nearest one", () => {
    for (const { path } of leaves) {
      for (const option of [[], ["--help"]]) {
        const said = refuse([...path.slice(0, -1), misspell(path.at(-1)!), ...option]);
        expect(said).to.contain("unknown command").and.contain(path.at(-1)!);
      }
    }
  });

  for (const { command, path } of leaves) {
    const name = path.join(" ");
    if (fill(command).length > 0) {
      it(`${name} says which option or argument is missing`, () => {
        expect(refuse(path)).to.match(/^error: (required option|missing required argument) '/);
      });
      continue;
    }
    if (needNothing.includes(name)) continue;
    it(`${name} ends without options with a sentence, and never with a stack`, async () => {
      // Neither this repository, whose remotes it could change, nor the credentials of the person who runs the test.
      const variables = { ...unreachable, HOME: folder(), GIT_DIR: folder() };
      const { code, output } = await ops([...path], variables);
      expect(code, output).to.equal(1);
      expect(output).to.match(/[.)\]]\n$/);
      // Nothing follows the error, which ends in its code.
      expect(output).to.not.match(/ \[[a-z-]+\]\n./);
      expect(output).to.not.match(/\n +at .*:\d+:\d+\)?\n/);
    });
  }

  for (const line of readOnly) {
    it(`${line} fails without saying that nothing was changed`, async () => {
      const { code, output } = await ops(line.split(" "), { ...unreachable, HOME: folder(), GIT_DIR: folder() });
      expect(code, output).to.equal(1);
      expect(output).to.not.match(/\b(nothing|no traffic) (was|has been) |was not changed|step is complete/i);
    });
  }
});
