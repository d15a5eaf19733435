import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { generate, generatedFile } from "../../../clients/mobile/generate.ts";

describe("The types of the app's client", () => {
  it("are those of the OpenAPI document: after a change of the API, `npm run generate:client` writes them again", async () => {
    expect(await generate()).to.equal(await readFile(generatedFile, "utf8"));
  });
});
