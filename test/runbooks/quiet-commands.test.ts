import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { runbookFolder } from "../../scripts/drill/runbook.ts";

const paths = [...readdirSync(runbookFolder), "../docs/bootstrap.md"];

/** Commands of a runbook: lines of its blocks, and code within a sentence. */
const findCommands = (markdown: string): string[] => [
  ...[...markdown.matchAll(/^ {4,}(\S.*)$/gm)].map(([, line]) => line!),
  ...[...markdown.replace(/^ {4,}.*$/gm, "").matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replace(/\s+/g, " ")),
];

/** Commands that print more than their result, or whose last line the shell's prompt would follow. */
function findNoise(markdown: string): string[] {
  return findCommands(markdown).flatMap((command) => [
    ...[...command.matchAll(/\bnpm run (?!-s )/g)].map(
      () => `${command}: npm prints the script that it runs, so add -s`,
    ),
    ...[...command.matchAll(/\bcurl (?:'[^']*'|"(?:\\.|[^"])*"|[^'"|;&])+/g)].flatMap(([call]) => [
      ...(/ -\w*s\w*S| -\w*S\w*s/.test(call) ? [] : [`${call}: curl prints its progress, so add -sS`]),
      // https://curl.se/docs/manpage.html#-w
      ...(/ -w '[^']*\\n'/.test(call) ? [] : [`${call}: the output ends without a line break, so add -w '\\n'`]),
    ]),
  ]);
}

describe("commands of runbooks print their result alone", () => {
  for (const path of paths) {
    it(path, () => {
      expect(findNoise(readFileSync(join(runbookFolder, path), "utf8"))).to.deep.equal([]);
    });
  }

  it("and are found", () => {
    const commands = paths.flatMap((path) => findCommands(readFileSync(join(runbookFolder, path), "utf8")));
    expect(commands.filter((command) => command.includes("npm run -s ")).length).to.be.greaterThan(50);
    expect(commands.filter((command) => command.includes("curl ")).length).to.be.greaterThan(20);
  });

  for (const [mistake, markdown, noise] of [
    ["npm that prints the script", "    npm run ops -- status", "add -s"],
    ["npm within a sentence", "Run `npm run\nops -- status`.", "add -s"],
    ["npm behind an assignment", "       A=b npm run ops -- status", "add -s"],
    ["curl with its progress", "    curl -w '\\n' $API/health/ready", "add -sS"],
    ["curl without its errors", "    curl -s -w '\\n' $API/health/ready", "add -sS"],
    ["curl without a line break", "    curl -sS $API/health/ready", "add -w '\\n'"],
    ["curl that prints a status alone", "    curl -sS -w '%{http_code}' $API/health/ready", "add -w '\\n'"],
    ["a second curl", "    curl -sS -w '\\n' $API/a; curl -sS $API/b", "curl -sS $API/b: the output"],
  ] as const) {
    it(`would show ${mistake}`, () => {
      expect(findNoise(markdown).join("\n")).to.contain(noise);
    });
  }
});
