import axe, { type AxeResults } from "axe-core";
import { expect } from "chai";
import type { Page } from "playwright-core";
import { type LinkAction, linkActions, toAppLink } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { describeInBrowser } from "../../support/browser.ts";
import { createFailingDependency } from "../../support/failing-dependency.ts";
import { getToken, requestReset } from "../../support/mails.ts";
import { unreachable } from "../../support/real-errors.ts";
import { startService, testConfig, useService } from "../../support/service.ts";

const newPassword = "nine purple umbrellas";
const unknown = "WkM3y0o0cVQZ9m2cV1n4Xh8aJ5sB7dKfT6uR2pLeGxE";

describeInBrowser("The pages of links in a browser", (browser) => {
  const sessions = createFailingDependency(new MemorySessionStore(), unreachable.redis);
  const service = useService(() =>
    startService(
      { sessions: async () => sessions.proxy },
      { limits: { ...testConfig.limits, linkByAddress: { requests: 8, windowSeconds: 900 } } },
    ),
  );

  /** Opens a page as a phone without the app. Its content security policy allows no scripts. */
  async function open(action: LinkAction, token: string, isDark: boolean) {
    const context = await browser().newContext({
      colorScheme: isDark ? "dark" : "light",
      viewport: { width: 320, height: 640 },
    });
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    const faults: string[] = [];
    const referrers: (string | undefined)[] = [];
    page.on("request", (request) => {
      referrers.push(request.headers().referer);
      if (!request.url().startsWith("data:") && new URL(request.url()).origin !== service.url)
        faults.push(request.url());
    });
    // Statuses of errors are expected.
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("status of")) faults.push(message.text());
    });
    await page.goto(`${service.url}/links/${action}?token=${token}`);
    return { page, faults, referrers };
  }

  /** What of a page violates rules of accessibility, or is wider than the phone. */
  async function check(page: Page, name: string): Promise<void> {
    expect(await page.locator("script").count(), name).to.equal(0);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<AxeResults>("axe.run()");
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`),
      name,
    ).to.deep.equal([]);
    expect(await page.evaluate("document.documentElement.scrollWidth"), name).to.equal(320);
    expect(await page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth"), name).to.equal("480px");
    const { SCREENSHOTS: folder } = process.env;
    if (folder) await page.screenshot({ path: `${folder}/${name.replaceAll(" ", "-")}.png`, fullPage: true });
  }

  const fill = async (page: Page, password: string, repeated = password) => {
    await page.getByLabel("New password").fill(password);
    await page.getByLabel("The same again").fill(repeated);
    await page.getByRole("button", { name: "Change password" }).click();
  };

  const heading = (page: Page) => page.getByRole("heading", { level: 1 }).innerText();

  for (const isDark of [false, true]) {
    const colours = isDark ? "dark" : "light";

    it(`change a password without scripts, in ${colours} colours`, async () => {
      const person = await service.registerConfirmed();
      const token = await requestReset(service, person);
      const { page, faults, referrers } = await open("reset-password", token, isDark);
      await check(page, `${colours} form`);
      expect(await page.getByRole("link", { name: "Continue in the" }).getAttribute("href")).to.equal(
        toAppLink("reset-password", token),
      );
      await fill(page, "short");
      expect(await page.getByLabel("New password").getAttribute("aria-invalid")).to.equal("true");
      expect(await page.title()).to.match(/^Error: /);
      expect(new URL(page.url()).search).to.equal("");
      await check(page, `${colours} short password`);
      await fill(page, newPassword, "another");
      await check(page, `${colours} two passwords`);
      sessions.state.down = true;
      await fill(page, newPassword);
      sessions.state.down = false;
      expect(await page.getByRole("alert").innerText()).to.include("does not respond");
      expect(await page.getByLabel("New password").inputValue()).to.equal("");
      await check(page, `${colours} unavailable`);
      await fill(page, newPassword);
      expect(await heading(page)).to.equal("Your password is changed");
      await check(page, `${colours} changed`);
      expect((await service.logIn({ ...person, password: newPassword })).status).to.equal(200);
      expect(faults).to.deep.equal([]);
      expect(new Set(referrers)).to.deep.equal(new Set([undefined]));
      await page.context().close();
    });

    it(`confirm an address, and say what is wrong with a link, in ${colours} colours`, async () => {
      const person = await service.register();
      const token = getToken(service, "email-verification", person.email);
      const { page, faults } = await open("confirm-email", token, isDark);
      await check(page, `${colours} confirmation`);
      await page.getByRole("button", { name: "Confirm address" }).click();
      expect(await heading(page)).to.equal("Your address is confirmed");
      await check(page, `${colours} confirmed`);
      for (const action of linkActions) {
        await page.goto(`${service.url}/links/${action}?token=${unknown}`);
        if (action === "reset-password") await fill(page, newPassword);
        else await page.getByRole("button", { name: "Confirm address" }).click();
        expect(await heading(page)).to.equal("This link is no longer valid");
        await check(page, `${colours} invalid ${action}`);
        await page.goto(`${service.url}/links/${action}`);
        expect(await heading(page)).to.equal("This link is incomplete");
        await check(page, `${colours} incomplete ${action}`);
      }
      await page.goto(`${service.url}/links/nothing`);
      await check(page, `${colours} not found`);
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });
  }

  it("ask to wait after too many links that are not valid", async () => {
    const { page } = await open("reset-password", unknown, false);
    for (let tries = 0; tries < 9; tries++) {
      await page.goto(`${service.url}/links/reset-password?token=${unknown}`);
      await fill(page, newPassword);
    }
    expect(await page.getByRole("alert").innerText()).to.match(/Too many .* Wait \d+ minutes/);
    await check(page, "too many");
    await page.context().close();
  });
});
