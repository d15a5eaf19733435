import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "chai";

const require = createRequire(import.meta.url);
const { loadOptions } = require("mocha/lib/cli/options.cjs");
const { lookupFiles } = require("mocha/lib/cli/lookup-files.js");
const { scripts } = require("../package.json");

/** What mocha does with these words behind its name. */
function optionsOf(...words: string[]): { _: string[]; parallel: boolean } {
  const { argv } = process;
  process.argv = [...argv.slice(0, 2), ...words];
  delete require.cache[require.resolve("../.mocharc.cjs")];
  try {
    return loadOptions(words);
  } finally {
    process.argv = argv;
  }
}

const filesOf = (...words: string[]): string[] => optionsOf(...words)._.flatMap((spec) => lookupFiles(spec));

/** The files of a script of package.json. */
const filesOfScript = (script: string): string[] =>
  filesOf(...[...scripts[script].matchAll(/'(.+?)'/g)].map(([, glob]) => glob));

const all = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => join("test", file));

describe("mocha", () => {
  it("runs each file either by default or with the slow ones", () => {
    const slow = filesOfScript("test:slow");
    expect(slow).to.not.be.empty;
    expect([...filesOf(), ...slow]).to.have.members(all);
  });

  for (const part of ["service", "stacks", "scripts"]) {
    it(`runs what is fast of test/${part} with test:${part}`, () => {
      const files = filesOf().filter((file) => file.startsWith(`test/${part}/`));
      expect(filesOfScript(`test:${part}`)).to.have.members(files);
    });
  }

  const file = "test/ci.test.ts";

  it("runs a named file alone, and in its own process", () => {
    expect(filesOf(file)).to.deep.equal([file]);
    expect(optionsOf(file).parallel).to.equal(false);
    expect(filesOf("-g", "some words", file)).to.deep.equal([file]);
  });

  it("runs everything for words, and for files that are ignored", () => {
    for (const words of [["-g", "some words"], [`--ignore=${file}`], ["--jobs", "3"]]) {
      expect(filesOf(...words)).to.deep.equal(filesOf());
      expect(optionsOf(...words).parallel).to.equal(true);
    }
  });

  it("watches files in new processes, so that they load what has changed", () => {
    for (const word of ["-w", "--watch"]) expect(optionsOf(word, file).parallel).to.equal(true);
    expect(scripts["test:watch"]).to.include(" --watch ");
  });

  it("runs everything in .ci/run, in two steps, and some again on the Node.js at hand", () => {
    const steps = readFileSync(".ci/run", "utf8").match(/(?<= )npm (test|run test:slow) .*/g);
    // The first two without further files, so that each has its own.
    const ignored = '${ignored[@]+"${ignored[@]}"}';
    expect(steps).to.have.members([
      `npm test -- ${ignored}`,
      `npm run test:slow -- ${ignored}`,
      'npm test -- "${oldest[@]}"',
    ]);
  });
});
