import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { withCompression } from "../../../service/local/compression.ts";
import { FileMailQueue } from "../../../service/local/file-mail-queue.ts";
import { type KeptMail, parseMailFile, readMails } from "../../../service/local/mail-file.ts";
import { withMailsPage } from "../../../service/local/mails-page.ts";
import { describeMail } from "../../../service/local/startup-banner.ts";
import type { Mail } from "../../../service/mail/mail.ts";
import { useServer } from "../../support/listen.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

const reset: Mail = {
  kind: "password-reset",
  to: "Ann.Lee@bücher.example",
  link: "http://127.0.0.1:3000/links/reset-password?token=abc_-&x=<1>",
  expiresAt: "2026-11-30T08:15:00.000Z",
};

describe("Mails on a developer's machine", () => {
  const getParent = useTemporaryFolder();
  const folder = () => join(getParent(), "mails");
  const told: Mail[] = [];
  const queue = () => new FileMailQueue(folder(), (mail) => told.push(mail));
  beforeEach(() => {
    told.length = 0;
  });

  it("are files of the Internet Message Format, which only their owner can read", async () => {
    await queue().put(reset);
    const [name, ...others] = await readdir(folder());
    expect(others).to.deep.equal([]);
    expect(name).to.match(/^\d{4}-\d\d-\d\dT[\d.-]+Z-password-reset-[\da-f]{8}\.eml$/);
    for (const path of [folder(), join(folder(), name!)]) expect((await stat(path)).mode & 0o077, path).to.equal(0);
    const file = await readFile(join(folder(), name!), "utf8");
    const [headers, ...parts] = file.split(/^--part-of-a-local-mail(?:--)?\r\n/m);
    expect(headers)
      .to.match(/^To: Ann\.Lee@bücher\.example\r$/m)
      .and.match(/^Subject: Choose a new password/m);
    expect(headers).to.match(/^Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r$/m);
    const types = parts.map((part) => /^Content-Type: (.*)\r\n/.exec(part)?.[1]);
    expect(types).to.deep.equal(["text/plain; charset=utf-8", "text/html; charset=utf-8", undefined]);
    expect(parts[0]).to.contain(`\r\n${reset.link}\r\n`);
    for (const line of file.split("\r\n"))
      expect(line.length, line)
        .to.be.at.most(998)
        .and.satisfies(() => !/[\r\n]/.test(line));
  });

  it("are told one by one, with a link to click", async () => {
    const notice: Mail = { kind: "password-changed", to: "ann@example.com" };
    for (const mail of [reset, { kind: "none" } as const, notice]) await queue().put(mail);
    expect(told.map(describeMail)).to.deep.equal([
      `mail password-reset to ${reset.to}: ${reset.link}`,
      "mail password-changed to ann@example.com",
    ]);
  });

  it("are the newest 50", async () => {
    const mails = queue();
    for (let count = 0; count < 52; count++) {
      await mails.put({ kind: "password-changed", to: `ann-${count}@example.com` });
    }
    const names = (await readMails(folder())).map(({ to }) => to);
    expect(names).to.have.length(50);
    expect(names).to.not.include("ann-0@example.com");
    expect(names).to.include("ann-51@example.com");
  });

  it("are in their order, also those of the same millisecond, or after the clock was set back", async () => {
    const times = [1_000, 1_000, 1_000, 1_000, 5];
    const mails = new FileMailQueue(
      folder(),
      () => {},
      () => times.shift()!,
    );
    for (let count = 0; count < 5; count++) {
      await mails.put({ kind: count % 2 ? "email-changed" : "password-changed", to: `ann-${count}@example.com` });
    }
    const names = (await readMails(folder())).map(({ to }) => to);
    expect(names).to.deep.equal([4, 3, 2, 1, 0].map((count) => `ann-${count}@example.com`));
  });

  it("are not what another program leaves in their folder", async () => {
    await queue().put(reset);
    for (const [name, text] of [
      ["notes.txt", "X-Mail: e30\r\n"],
      ["other.eml", "Subject: Hello\r\n\r\n"],
      ["damaged.eml", "X-Mail: e30\r\n"],
    ] as const) {
      await writeFile(join(folder(), name), text);
    }
    // It cannot be read, as a mail that was just deleted.
    await mkdir(join(folder(), "folder.eml"));
    expect((await readMails(folder())).map(({ kind }) => kind)).to.deep.equal(["password-reset"]);
    expect(parseMailFile("")).to.equal(undefined);
  });

  describe("on the page /mails", () => {
    const getPort = useServer(
      createServer(
        withCompression((request, response) =>
          withMailsPage(folder(), (_request, others) => void others.end("the API"))(request, response),
        ),
      ),
    );
    const get = (path: string, method = "GET") => fetch(`http://127.0.0.1:${getPort()}${path}`, { method });

    it("have their text, and their link", async () => {
      expect(await (await get("/mails")).text()).to.contain("There is no mail yet.");
      await queue().put(reset);
      const response = await get("/mails?from=docs");
      const page = await response.text();
      const href = reset.link.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
      expect(page).to.contain(`<a href="${href}">${href}</a>`).and.contain("Your password stays as it is.");
      expect(page).to.contain(`To ${reset.to}, <code>password-reset</code>`).and.not.contain("<1>");
      expect(response.headers.get("referrer-policy")).to.equal("no-referrer");
      expect(response.headers.get("cache-control")).to.equal("no-store");
      expect(response.headers.get("x-content-type-options")).to.equal("nosniff");
      expect(response.headers.get("content-security-policy")).to.match(/^default-src 'none';style-src 'sha256-/);
    });

    it("are a list in JSON for programs, the newest first", async () => {
      expect(await (await get("/mails.json")).json()).to.deep.equal([]);
      await queue().put({ kind: "password-changed", to: "ann@example.com" });
      await queue().put(reset);
      const mails = (await (await get("/mails.json")).json()) as KeptMail[];
      expect(new Set(mails.map(({ kind }) => kind))).to.deep.equal(new Set(["password-reset", "password-changed"]));
      const { queuedAt, text, ...mail } = mails.find(({ kind }) => kind === "password-reset")!;
      const { expiresAt: _, ...expected } = reset;
      expect(mail).to.deep.equal({ ...expected, subject: "Choose a new password – Ecobeat" });
      expect(Date.parse(queuedAt)).to.be.closeTo(Date.now(), 60_000);
      expect(text).to.contain(reset.link);
    });

    it("leave all other paths and methods to the API or to no one", async () => {
      for (const path of ["/", "/mails/", "/mailsx", "/v1/users/me"]) {
        expect(await (await get(path)).text(), path).to.equal("the API");
      }
      expect((await get("/mails", "HEAD")).status).to.equal(200);
      const refused = await get("/mails", "DELETE");
      expect([refused.status, refused.headers.get("allow")]).to.deep.equal([405, "GET, HEAD"]);
    });

    it("are an error if the folder is none", async () => {
      await writeFile(folder(), "");
      const response = await get("/mails");
      expect([response.status, await response.text()]).to.satisfy(
        ([status, text]: [number, string]) => status === 500 && text.includes("ENOTDIR"),
      );
    });
  });
});
