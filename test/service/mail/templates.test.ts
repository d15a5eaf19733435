import { expect } from "chai";
import { supportEmail } from "../../../service/company.ts";
import type { Mail } from "../../../service/mail/mail.ts";
import { renderMail } from "../../../service/mail/templates.ts";

const to = "ann@example.com";
const withLink = {
  to,
  link: "https://api.test/links/reset-password?token=abc&x=1",
  expiresAt: "2026-11-30T08:15:00.000Z",
};
const withLinks: readonly Mail[] = [
  { kind: "email-verification", ...withLink },
  { kind: "password-reset", ...withLink },
  { kind: "email-change", ...withLink },
];
const notices: readonly Mail[] = [
  { kind: "email-change-requested", to },
  { kind: "email-changed", to },
  { kind: "password-changed", to },
];

const escapedLink = withLink.link.replaceAll("&", "&amp;");

describe("The texts of mails", () => {
  for (const mail of [...withLinks, ...notices]) {
    const { subject, text, html } = renderMail(mail);

    it(`name the product, what happened and what to do if it was another person: ${mail.kind}`, () => {
      for (const part of [subject, text, html]) expect(part).to.contain("Ecobeat");
      expect(text).to.match(/^If (you did not request this|this was not you|you have no account)/m);
      expect(text).to.contain(supportEmail);
    });

    it(`are the same as text and as HTML, without the address of the user: ${mail.kind}`, () => {
      const paragraphs = text.split("\n\n").filter((part) => part !== withLink.link && !part.startsWith("-- "));
      for (const paragraph of paragraphs) expect(html).to.contain(`<p>${paragraph.replaceAll('"', "&quot;")}</p>`);
      for (const part of [subject, text, html]) expect(part).to.not.contain(to);
    });

    it(`load nothing, run nothing and have no colours of their own: ${mail.kind}`, () => {
      expect(html).to.not.match(/<(img|script|link|iframe|form|object|video|svg)\b|url\(|\bsrc=|#[\da-f]{3}\b|rgb/i);
      expect(html).to.contain('<html lang="en">').and.contain('<meta name="color-scheme" content="light dark">');
      expect(html).to.match(/<title>[^<]+<\/title>/);
      const targets = [...html.matchAll(/href="([^"]*)"/g)].map(([, target]) => target);
      expect(new Set(targets)).to.deep.equal(new Set("link" in mail ? [escapedLink] : []));
    });

    // https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
    it(`have no line that mail servers may cut: ${mail.kind}`, () => {
      for (const line of `${subject}\n${text}\n${html}`.split("\n")) expect(Buffer.byteLength(line)).to.be.below(998);
    });
  }

  for (const mail of withLinks) {
    it(`have the link alone on a line of the text, and say when it expires: ${mail.kind}`, () => {
      const { text, html } = renderMail(mail);
      expect(text.split("\n")).to.include(withLink.link);
      expect(html).to.contain(`>${escapedLink}</a>`);
      for (const part of [text, html]) expect(part).to.contain("The link works until 30 November 2026 at 08:15 UTC.");
    });
  }

  it("escape the link in HTML", () => {
    const link = `https://api.test/links/reset-password?token="><script>alert('1')</script>`;
    const { html } = renderMail({ ...withLinks[1]!, link } as Mail);
    expect(html).to.not.contain("<script").and.not.contain('"">');
    expect(html).to.contain("token=&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)");
  });

  it("differ by kind in their subjects, save for the confirmations", () => {
    const subjects = [...withLinks, ...notices].map((mail) => renderMail(mail).subject);
    expect(new Set(subjects).size).to.equal(subjects.length);
  });
});
