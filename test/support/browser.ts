import { existsSync } from "node:fs";
import { describe } from "mocha";
import { type Browser, chromium } from "playwright-core";

/** The variable that names a Chromium or Chrome. */
const variable = "CHROMIUM";

/** Where Debian and GitHub's runners have one. `.ci/run` looks at the same places. */
const places = ["/usr/bin/chromium", "/usr/bin/google-chrome"];

const executablePath = process.env[variable] || places.find(existsSync);

/**
 * A suite that needs a browser. Without one on this machine, its tests count as skipped and their title says why; if the variable
 * names none, they fail.
 */
export function describeInBrowser(title: string, body: (browser: () => Browser) => void): void {
  if (!executablePath) {
    describe.skip(`${title} (skipped: there is no Chromium, and ${variable} is not set)`, () => body(() => undefined!));
    return;
  }
  describe(title, function () {
    // A busy machine takes minutes to draw what an idle one draws in seconds.
    this.timeout(600_000);
    let browser: Browser;
    before(async () => {
      // QUIC and the GPU are of no use to tests, and a container may forbid them.
      browser = await chromium.launch({ executablePath, args: ["--disable-gpu", "--disable-quic"], timeout: 0 });
    });
    after(() => browser.close());
    body(() => browser);
  });
}
