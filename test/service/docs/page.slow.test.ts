import { join } from "node:path";
import axe, { type AxeResults } from "axe-core";
import { expect } from "chai";
import type { BrowserContextOptions, Locator, Page, Response } from "playwright-core";
import { docsFiles } from "../../../service/local/docs-files.ts";
import { FileMailQueue } from "../../../service/local/file-mail-queue.ts";
import { readMails } from "../../../service/local/mail-file.ts";
import { mailsJsonRoute } from "../../../service/local/mails-page.ts";
import { describeInBrowser } from "../../support/browser.ts";
import { documentedOperations } from "../../support/openapi.ts";
import { startService, useService } from "../../support/service.ts";
import { useSuiteFolder } from "../../support/temporary-folder.ts";

const apiKey = 'the "app\'s" <key>';

describeInBrowser("The page /docs in a browser", (browser) => {
  const folder = useSuiteFolder();
  const local = useService(() =>
    startService(
      { mails: async () => new FileMailQueue(folder(), () => {}) },
      { apiKey, docs: { local: { ...docsFiles(), apiKey } } },
    ),
  );
  const deployed = useService(() => startService({}, { docs: {} }));

  /**
   * Opens the page.
   *
   * @returns also its faults: what the browser refuses, cannot load, or loads from another origin
   */
  async function open(url: string, options: BrowserContextOptions = {}): Promise<{ page: Page; faults: string[] }> {
    const page = await browser().newPage(options);
    // That of the test counts.
    page.setDefaultTimeout(0);
    const faults: string[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== url) faults.push(request.url());
    });
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(error.message));
    // The files of the CDN are those of the package; another test compares their checksums.
    await page.route("https://cdn.jsdelivr.net/**", (route) => {
      const path = join(docsFiles().filesFolder, route.request().url().split("/").at(-1)!);
      return route.fulfill({ path, headers: { "access-control-allow-origin": "*" } });
    });
    // The local server answers this one before the app.
    await page.route(`**${mailsJsonRoute}`, async (route) => route.fulfill({ json: await readMails(folder()) }));
    await page.goto(`${url}/docs`);
    await page.locator(".opblock").first().waitFor();
    return { page, faults };
  }

  const toggle = (operation: Locator) => operation.locator(".opblock-summary-control").click();

  /** Expands an operation, and presses its button once. */
  async function press(page: Page, operation: Locator): Promise<Response> {
    await toggle(operation);
    const response = page.waitForResponse(() => true);
    await operation.getByRole("button", { name: "Execute" }).click();
    await operation.locator(".live-responses-table tbody .response-col_status").waitFor();
    return response;
  }

  /** Method and path of an operation, as the page shows them. */
  async function getName(operation: Locator): Promise<string> {
    const [method, path] = await Promise.all(
      ["-method", "-path"].map((part) => operation.locator(`.opblock-summary${part}`).innerText()),
    );
    return `${method} ${path!.replaceAll("\u200b", "")}`;
  }

  it("runs each operation at the first click, in the order of the page", async () => {
    const { page, faults } = await open(local.url);
    const responses = new Map<string, Response>();
    for (const operation of await page.locator(".opblock").all()) {
      responses.set(await getName(operation), await press(page, operation));
      await toggle(operation);
    }
    const failed = [...responses].filter(([, response]) => !response.ok());
    expect(failed.map(([name, response]) => `${name}: ${response.status()}`)).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    expect([...responses.keys()]).to.have.members(documentedOperations.map(({ method, path }) => `${method} ${path}`));
    const refreshed = await responses.get("POST /v1/auth/refresh")!.json();
    const { refresh_token } = responses.get("POST /v1/auth/logout")!.request().postDataJSON();
    expect(refresh_token).to.equal(refreshed.refresh_token);
    await page.close();
  });

  it("runs operations again, in another order, in dark colours and after a reload", async () => {
    const { page } = await open(local.url, { colorScheme: "dark" });
    const failed: string[] = [];
    const pressAll = async (...operations: [method: string, path: string][]) => {
      for (const [method, path] of operations) {
        const operation = page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
        const response = await press(page, operation);
        if (!response.ok()) failed.push(`${method} ${path}: ${response.status()}`);
        await toggle(operation);
      }
    };
    await pressAll(
      ["post", "/v1/auth/register"],
      ["post", "/v1/auth/email/confirm"],
      ["get", "/v1/users/me/export"],
      ["put", "/v1/auth/password"],
      ["put", "/v1/auth/email"],
      ["post", "/v1/auth/email/confirm"],
      ["post", "/v1/auth/password-reset"],
      ["post", "/v1/auth/password-reset/confirm"],
      ["post", "/v1/auth/login"],
      ["post", "/v1/auth/logout"],
      ["post", "/v1/auth/login"],
      ["post", "/v1/activities"],
      ["delete", "/v1/activities/{id}"],
      ["post", "/v1/activities"],
      ["patch", "/v1/activities/{id}"],
      ["post", "/v1/auth/register"],
      ["put", "/v1/auth/password"],
    );
    await page.reload();
    await pressAll(
      ["get", "/v1/users/me"],
      ["post", "/v1/auth/login"],
      ["put", "/v1/auth/password"],
      ["post", "/v1/auth/refresh"],
      ["post", "/v1/auth/register"],
    );
    await page.reload();
    await pressAll(["post", "/v1/auth/email/confirm"]);
    expect(failed).to.deep.equal([]);
    await page.close();
  });

  it("is readable in dark colours and on a phone, also with all responses", async () => {
    const { page, faults } = await open(local.url, { colorScheme: "dark", viewport: { width: 360, height: 700 } });
    const operation = page.locator(".opblock").first();
    await press(page, operation);
    const folded = operation.locator(".response [aria-expanded=false]");
    for (let count = await folded.count(); count > 0; count -= 1) await folded.first().click();
    expect(await page.evaluate("document.documentElement.scrollWidth")).to.equal(360);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<AxeResults>("axe.run('#api', { runOnly: ['color-contrast'] })");
    expect(violations.flatMap(({ nodes }) => nodes.map(({ failureSummary }) => failureSummary))).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await page.close();
  });

  it("finds operations by path, and shows each request as code", async () => {
    const { page } = await open(local.url);
    await page.getByPlaceholder("Filter").fill("sessions/{");
    const operation = page.locator(".opblock");
    await operation.nth(1).waitFor({ state: "detached" });
    expect(await getName(operation)).to.equal("DELETE /v1/sessions/{id}");
    await page.getByPlaceholder("Filter").fill("/live");
    await press(page, operation.filter({ hasText: "/health/live" }));
    await page.getByText("JavaScript", { exact: true }).click();
    expect(await page.locator(".request-snippets .microlight").innerText()).to.match(
      /^const response = await fetch\("http/,
    );
    await page.close();
  });

  it("keeps and fills in nothing on an environment in AWS", async () => {
    const { page, faults } = await open(deployed.url);
    expect((await press(page, page.locator(".opblock").first())).status()).to.equal(201);
    await page.getByRole("button", { name: "Authorize" }).click();
    const fields = await page.locator(".auth-container input").all();
    expect(await Promise.all(fields.map((field) => field.inputValue()))).to.deep.equal(["", ""]);
    expect(await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")).to.deep.equal([
      0,
      0,
      "",
    ]);
    expect(faults.filter((fault) => !fault.startsWith("https://cdn.jsdelivr.net/npm/swagger-ui-dist@"))).to.deep.equal(
      [],
    );
    await page.close();
  });
});
