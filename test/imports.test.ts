import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";

const root = join(import.meta.dirname, "..");

/** The part of TypeScript that is used here. The client's is the last version that can be imported. */
interface TypeScript {
  preProcessFile(
    text: string,
    readImportFiles: boolean,
    detectJavaScriptImports: boolean,
  ): { importedFiles: { fileName: string }[] };
}
const typescript: TypeScript = createRequire(join(root, "clients/mobile/package.json"))("typescript");

/** Everything that a file imports, by path from the root or by name of a package; of types, and lazily, too. */
const importsOf = (file: string, text: string): string[] =>
  typescript
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith(".") ? normalize(join(dirname(file), fileName)) : fileName,
    );

type Imports = ReadonlyMap<string, readonly string[]>;

const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.[cm]?[jt]s$/.test(path) && !path.includes("node_modules"))
    .map((path) => join(folder, path));

const imports: Imports = new Map(
  ["main.ts", ...["bench", "clients", "scripts", "service", "stacks", "test"].flatMap(filesBelow)].map((file) => [
    file,
    importsOf(file, readFileSync(join(root, file), "utf8")),
  ]),
);

/** No file that `from` matches imports what `to` matches. */
interface Rule {
  readonly name: string;
  readonly from: RegExp;
  readonly to: RegExp;
  /** An import that breaks the rule. */
  readonly mistake: readonly [file: string, target: string];
}

const rules: readonly Rule[] = [
  {
    name: "nothing that ships imports tests or benchmarks",
    from: /^(main\.ts|clients\/|scripts\/|service\/|stacks\/)/,
    to: /^(test|bench)\//,
    mistake: ["service/app.ts", "bench/report.ts"],
  },
  {
    name: "benchmarks import no tests",
    from: /^bench\//,
    to: /^test\//,
    mistake: ["bench/load/client.ts", "test/support/service.ts"],
  },
  {
    name: "main.ts imports stacks, scripts/build and the errors of commands alone",
    from: /^main\.ts$/,
    to: /^(clients|service|scripts\/(?!build\/|cli\/errors))/,
    mistake: ["main.ts", "service/contract.ts"],
  },
  {
    name: "releases and drills do not know the archives that synthesis keeps",
    from: /^scripts\/(?!(build|deploy|preview)\/)/,
    to: /^scripts\/build\/kept-archives\.ts$/,
    mistake: ["scripts/release/archive.ts", "scripts/build/kept-archives.ts"],
  },
  {
    name: "stacks import contracts, names, and the tables of routes and settings, alone",
    from: /^stacks\//,
    to: /^(main\.ts|clients\/|service\/(?!(company|contract|routes|settings)\.ts$)|scripts\/(?!([\w-]+\/)+contract\.ts$))/,
    mistake: ["stacks/service.ts", "service/config.ts"],
  },
  {
    name: "contracts and the table of routes import nothing but names",
    from: /\/contract\.ts$|^service\/routes\.ts$/,
    to: /^(?!service\/company\.ts$)./,
    mistake: ["service/contract.ts", "zod"],
  },
  {
    name: "the service imports nothing else of the repository",
    from: /^service\//,
    to: /^(main\.ts|clients\/|scripts\/|stacks\/)/,
    mistake: ["service/cloud/migration.ts", "scripts/aws/explain-failure.ts"],
  },
  {
    name: "the service's platform knows no capability",
    from: /^service\/platform\//,
    to: /^service\/(?!platform\/|(company|config|contract|data-map|deprecations|routes)\.ts$)/,
    mistake: ["service/platform/problems.ts", "service/app-version/stores.ts"],
  },
  {
    name: "scripts import environments, tables of types, names, requests for previews, errors and versions of providers of the stacks alone",
    from: /^scripts\/(?!infra-test\/)/,
    to: /^(main\.ts|stacks\/(?!(atlas-tiers|cache-nodes|environment-checks|environment-files|environments|errors|names|preview-request|providers)\.ts$|environments\/))/,
    mistake: ["scripts/atlas/status.ts", "stacks/database.ts"],
  },
  {
    name: "scripts do not import the service's entries",
    from: /^scripts\//,
    to: /^service\/(lambda|server)\.ts$/,
    mistake: ["scripts/backup/lambda/entry.ts", "service/lambda.ts"],
  },
  {
    name: "ops.ts imports commands.ts of capabilities, and cli",
    from: /^scripts\/ops\.ts$/,
    to: /^(stacks|scripts)\/(?!cli\/|[\w-]+\/commands\.ts$)/,
    mistake: ["scripts/ops.ts", "scripts/release/release.ts"],
  },
  {
    name: "only ops.ts imports a commands.ts, which a Lambda entry thus never reaches",
    from: /^(?!scripts\/ops\.ts$|test\/)/,
    to: /^scripts\/.*\/commands\.ts$/,
    mistake: ["scripts/release/pre-traffic/entry.ts", "scripts/release/commands.ts"],
  },
  {
    // A command.ts is what an npm script runs.
    name: "only commands know Commander",
    from: /^scripts\/(?!ops\.ts$|cli\/|[\w-]+\/([\w-]+-)?commands?\.ts$)/,
    to: /^commander$/,
    mistake: ["scripts/release/release.ts", "commander"],
  },
  {
    name: "cli imports no other script",
    from: /^scripts\/cli\//,
    to: /^scripts\/(?!cli\/)/,
    mistake: ["scripts/cli/options.ts", "scripts/backup/catalog.ts"],
  },
  {
    name: "aws imports no script but cli",
    from: /^scripts\/aws\//,
    to: /^scripts\/(?!aws\/|cli\/)/,
    mistake: ["scripts/aws/invoke-function.ts", "scripts/terraform/terraform.ts"],
  },
  {
    name: "terraform imports no script but cli",
    from: /^scripts\/terraform\//,
    to: /^scripts\/(?!terraform\/|cli\/)/,
    mistake: ["scripts/terraform/provider.ts", "scripts/infra-test/isolation.ts"],
  },
  {
    name: "nothing imports ci",
    from: /^(?!scripts\/ci\/|test\/)/,
    to: /^scripts\/ci\//,
    mistake: ["scripts/plan-review/commands.ts", "scripts/ci/comment-body.ts"],
  },
  {
    name: "nothing imports infra-test",
    from: /^(?!scripts\/infra-test\/|test\/)/,
    to: /^scripts\/infra-test\//,
    mistake: ["scripts/cost/report.ts", "scripts/infra-test/report.ts"],
  },
];

const violations = (files: Imports, { from, to }: Rule): string[] => [
  ...new Set(
    [...files].flatMap(([file, targets]) =>
      from.test(file) ? targets.filter((target) => to.test(target)).map((target) => `${file} imports ${target}`) : [],
    ),
  ),
];

/** The shortest circle through each file that is in one. */
function circles(files: Imports): string[] {
  const found = [...files.keys()].flatMap((file) => {
    const path = wayBack(files, file);
    if (!path) return [];
    // Each circle once, whichever of its files it was found from.
    const first = path.indexOf(path.toSorted()[0]!);
    const circle = [...path.slice(first), ...path.slice(0, first)];
    return [[...circle, circle[0]!].join(" → ")];
  });
  return [...new Set(found)].sort();
}

/** The files of the shortest circle through a file, which is the first of them; undefined if there is none. */
function wayBack(files: Imports, file: string): string[] | undefined {
  const seen = new Set<string>();
  const paths = [[file]];
  for (const path of paths) {
    for (const target of files.get(path.at(-1)!) ?? []) {
      if (target === file) return path;
      if (seen.has(target)) continue;
      seen.add(target);
      paths.push([...path, target]);
    }
  }
  return undefined;
}

describe("imports", () => {
  for (const rule of rules) {
    const { name, from, mistake } = rule;
    it(`are in order: ${name}`, () => {
      expect(violations(imports, rule), name).to.deep.equal([]);
    });

    it(`would show a mistake: ${name}`, () => {
      const [file, target] = mistake;
      expect([...imports.keys()].some((path) => from.test(path))).to.equal(true);
      expect(violations(new Map([[file, [target]]]), rule)).to.deep.equal([`${file} imports ${target}`]);
    });
  }

  it("have no circles", () => {
    expect(circles(imports), "circles").to.deep.equal([]);
  });

  it("would show a circle, and the way around it", () => {
    const files = { a: ["b"], b: ["c"], c: ["d", "b"], d: ["c"], e: ["e"], f: ["a"] };
    expect(circles(new Map(Object.entries(files)))).to.deep.equal(["b → c → b", "c → d → c", "e → e"]);
  });

  it("are read in all their forms, and not from comments and strings", () => {
    const text = [
      'import a from "./a.ts";',
      "import {\n  b, // of two\n} from '../b.ts';",
      'import type { C } from "c";',
      'export * from "./d.ts";\nexport { e } from "./e.ts";\nexport type { F } from "./f.ts";',
      'import "./g.ts";',
      'const h = await import(\n  "./h.ts"\n);',
      'type I = import("./i.ts").I;\nlet j: typeof import("./j.ts");',
      "const { k } = require('./k.cjs');",
      '// import "./no.ts";\n/* import("./no.ts") */',
      'const no = "import(\'./no.ts\')" + `\nimport "./no.ts";\n`;',
      'export const value = "./no.ts";',
    ].join("\n");
    const own = ["a.ts", "d.ts", "e.ts", "f.ts", "g.ts", "h.ts", "i.ts", "j.ts", "k.cjs"];
    expect(importsOf("service/auth/x.ts", text)).to.have.members([
      ...own.map((name) => `service/auth/${name}`),
      "service/b.ts",
      "c",
    ]);
    expect(imports.get("main.ts")).to.include("stacks/service.ts");
    expect(imports.get("test/support/reporter.cjs")).to.include("mocha");
  });
});
