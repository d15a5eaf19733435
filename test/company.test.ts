import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { transformSync } from "esbuild";
import { domain, namePrefix, productName } from "../service/company.ts";

const root = join(import.meta.dirname, "..");

const names = [namePrefix, productName, domain].join("|");

/** Names that docs/environments.md, "Make it yours", keeps. */
const keptNames = /ECOBEAT_\w*|EcobeatStack|ecobeat-stack|stack-not-ecobeat/g;

describe("the names of company and product", () => {
  for (const folder of ["service", "stacks", "scripts"]) {
    it(`stand in service/company.ts alone, and nowhere else in the code of ${folder}/`, () => {
      const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .map((path) => `${folder}/${path}`)
        .filter((path) => /\.[cm]?[jt]s$/.test(path) && path !== "service/company.ts");
      expect(files).not.to.have.length(0);
      const found = files.flatMap((file) => {
        // Comments may name them as examples.
        const { code } = transformSync(readFileSync(join(root, file), "utf8"), {
          loader: "ts",
          minifyWhitespace: true,
          legalComments: "none",
        });
        const texts = code.replaceAll(keptNames, "").match(new RegExp(`.{0,40}(${names}).{0,40}`, "gi")) ?? [];
        return texts.map((text) => `${file}: ${text}`);
      });
      expect(found).to.deep.equal([]);
    });
  }
});
