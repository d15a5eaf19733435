import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { openApiDocument } from "../../../service/openapi/document.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

const redocly = join(import.meta.dirname, "../../../node_modules/@redocly/cli/bin/cli.js");

describe("redocly lint", () => {
  const folder = useTemporaryFolder();

  /** What `redocly lint` finds with its recommended rules; no file of rules or of ignores is near. */
  async function findings(document: object): Promise<string[]> {
    await writeFile(join(folder(), "openapi.json"), JSON.stringify(document));
    const output = await new Promise<string>((resolve) => {
      const args = [redocly, "lint", "openapi.json", "--extends=recommended", "--format=json"];
      const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
      execFile(process.execPath, args, { cwd: folder(), env }, (_error, stdout) => resolve(stdout));
    });
    const { problems } = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
      problems: { ruleId: string; message: string }[];
    };
    return problems.map(({ ruleId, message }) => `${ruleId}: ${message}`);
  }

  it("finds nothing in the OpenAPI document, by its recommended rules and without ignores", async () => {
    expect(await findings(openApiDocument())).to.deep.equal([]);
  });

  it("finds an operation without responses to mistakes", async () => {
    const document = structuredClone(openApiDocument()) as { paths: Record<string, { get: { responses: object } }> };
    document.paths["/health/live"]!.get.responses = { 200: { description: "It does" } };
    expect((await findings(document)).join()).to.include("operation-4xx-response");
  });
});
