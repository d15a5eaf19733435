import { createServer } from "node:http";
import axe, { type AxeResults } from "axe-core";
import { expect } from "chai";
import { FileMailQueue } from "../../../service/local/file-mail-queue.ts";
import { withMailsPage } from "../../../service/local/mails-page.ts";
import { renderMail } from "../../../service/mail/templates.ts";
import { describeInBrowser } from "../../support/browser.ts";
import { useServer } from "../../support/listen.ts";
import { useSuiteFolder } from "../../support/temporary-folder.ts";

const reset = {
  kind: "password-reset",
  to: `${"ann".repeat(20)}@example.com`,
  link: `http://127.0.0.1:3000/links/reset-password?token=${"a_-Z".repeat(11)}`,
  expiresAt: "2026-11-30T08:15:00.000Z",
} as const;

describeInBrowser("Mails in a browser", (browser) => {
  const folder = useSuiteFolder();
  const getPort = useServer(
    createServer((request, response) =>
      request.url === "/mail"
        ? void response.setHeader("content-type", "text/html").end(renderMail(reset).html)
        : withMailsPage(folder(), (_request, others) => void others.writeHead(204).end())(request, response),
    ),
  );
  before(async () => {
    const queue = new FileMailQueue(folder(), () => {});
    for (const mail of [reset, { kind: "password-changed", to: "ann@example.com" } as const]) await queue.put(mail);
  });

  for (const [title, path, links] of [
    ["on the page /mails", "/mails", 1],
    ["as their recipients see them", "/mail", 2],
  ] as const) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`are readable ${title}, in ${colorScheme} colours and on a phone`, async () => {
        // Without scripts of the page. That of the test runs.
        const page = await browser().newPage({ colorScheme, viewport: { width: 360, height: 700 }, bypassCSP: true });
        page.setDefaultTimeout(0);
        const faults: string[] = [];
        page.on("console", (message) => void (message.type() === "error" && faults.push(message.text())));
        await page.goto(`http://127.0.0.1:${getPort()}${path}`);
        expect(await page.locator(`a[href="${reset.link}"]`).count()).to.equal(links);
        expect(await page.evaluate("document.documentElement.scrollWidth")).to.equal(360);
        // A mail program draws the background, which axe would take for white.
        await page.addStyleTag({ content: "html { background: Canvas; }" });
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate<AxeResults>("axe.run()");
        // A mail is no page: it has no landmarks.
        const found = violations.filter(({ id }) => path === "/mails" || !/^(landmark-one-main|region)$/.test(id));
        expect(found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).to.deep.equal([]);
        expect(faults).to.deep.equal([]);
        await page.close();
      });
    }
  }
});
