import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import type TypeScript from "../clients/mobile/node_modules/typescript/lib/typescript.js";
import { OperatorError } from "../scripts/cli/errors.ts";
import { ConstructError } from "../stacks/errors.ts";
import { findAvoidedWords } from "./docs/avoided-words.ts";

const root = join(import.meta.dirname, "..");
/** The client's is the last version with an API. */
const ts: typeof TypeScript = createRequire(join(root, "clients/mobile/package.json"))("typescript");

/** One place in the product that makes an error with a code. */
interface Entry {
  readonly place: string;
  /** The code, as source text. */
  readonly code: string;
  /** Source text of `what`, `why` and `action`; undefined where one is missing. */
  readonly parts: readonly (string | undefined)[];
}

const baseClasses = ["OperatorError", "ConstructError"];
const partNames = ["what", "why", "action"];

function entriesIn(file: string, text: string): Entry[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const entries: Entry[] = [];
  const visit = (node: TypeScript.Node): void => {
    const isError =
      (ts.isNewExpression(node) && baseClasses.includes(node.expression.getText())) ||
      (ts.isCallExpression(node) &&
        node.expression.kind === ts.SyntaxKind.SuperKeyword &&
        baseClasses.includes(baseClassAround(node) ?? ""));
    if (isError) {
      const [code, explanation] = node.arguments ?? [];
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      entries.push({ place: `${file}:${line}`, code: code!.getText(), parts: partsOf(explanation) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return entries;
}

function baseClassAround(node: TypeScript.Node): string | undefined {
  const around = ts.findAncestor(node, ts.isClassDeclaration);
  return around?.heritageClauses?.[0]?.types[0]?.expression.getText();
}

function partsOf(explanation: TypeScript.Node | undefined): Entry["parts"] {
  const properties = explanation && ts.isObjectLiteralExpression(explanation) ? explanation.properties : [];
  return partNames.map((name) => {
    const property = properties.find((candidate) => candidate.name?.getText() === name);
    return property && (ts.isPropertyAssignment(property) ? property.initializer : property).getText();
  });
}

const isCode = (text: string): boolean => /^(["`])[a-z][a-z0-9]*(-([a-z0-9]+|\$\{\w+\}))*\1$/.test(text);

/** Ready-made text starts as a sentence does, and says something. */
const isSentence = (text: string): boolean => /^["'`]/.test(text) === false || /^.([A-Z0-9"'`/-]|\$\{).+.$/s.test(text);

const mistakesIn = ({ place, code, parts }: Entry): string[] => [
  ...(isCode(code) ? [] : [`${place}: the code is ${code}, which is no literal in kebab case`]),
  ...parts.flatMap((part, index) =>
    part !== undefined && isSentence(part) ? [] : [`${place}: ${code} lacks a sentence in \`${partNames[index]}\``],
  ),
];

const files = [
  "main.ts",
  ...["bench", "scripts", "stacks"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  ),
].filter((file) => file.endsWith(".ts"));
const catalogue = files.flatMap((file) => entriesIn(file, readFileSync(join(root, file), "utf8")));

describe("errors with codes", () => {
  it("say what happened, why, and what to do, each", () => {
    expect(catalogue.map(({ place }) => place.split("/")[0])).to.include.members(["scripts", "stacks"]);
    expect(catalogue.flatMap(mistakesIn)).to.deep.equal([]);
  });

  it("have a code that no other place has", () => {
    const twice = catalogue.filter((entry) => catalogue.some((other) => other !== entry && other.code === entry.code));
    expect(twice.map(({ place, code }) => `${place}: ${code}`)).to.deep.equal([]);
  });

  it("use no word that docs/style.md avoids", () => {
    const avoided = catalogue.flatMap(({ place, parts }) => findAvoidedWords(place, parts.join("\n")));
    expect(avoided).to.deep.equal([]);
  });

  it("are found in classes that extend them, and with each mistake", () => {
    const text = `
      throw new OperatorError("disk-full", { what: "The disk is full.", why, action: clean() });
      throw new ConstructError(code, { what: "no sentence", why: "", action });
      class AtlasError extends OperatorError {
        constructor() { super("AtlasRefused", { what: "Atlas refused.", action: "Wait." }); }
      }`;
    expect(entriesIn("a.ts", text).flatMap(mistakesIn)).to.deep.equal([
      "a.ts:3: the code is code, which is no literal in kebab case",
      "a.ts:3: code lacks a sentence in `what`",
      "a.ts:3: code lacks a sentence in `why`",
      'a.ts:5: the code is "AtlasRefused", which is no literal in kebab case',
      'a.ts:5: "AtlasRefused" lacks a sentence in `why`',
    ]);
  });

  it("print their parts in this order, and the code", () => {
    const parts = { what: "The disk is full.", why: "Logs fill it.", action: "Delete some." };
    for (const Class of [OperatorError, ConstructError]) {
      expect(new Class("disk-full", parts).message).to.equal(
        "The disk is full. Logs fill it. Delete some. [disk-full]",
      );
    }
    expect(new OperatorError("disk-full", parts)).to.include({ exitStatus: 1, code: "disk-full" });
    expect(new OperatorError("disk-full", { ...parts, exitStatus: 3 })).to.include({ exitStatus: 3 });
  });
});
