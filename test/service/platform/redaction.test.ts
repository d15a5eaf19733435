import { randomBytes, randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import { RefreshTokens } from "../../../service/auth/refresh-tokens.ts";
import { registration } from "../../../service/auth/schemas.ts";
import { cacheCredentials } from "../../../service/cloud/cache-credentials.ts";
import { refreshTokenBytes, toAppLink, toLink } from "../../../service/contract.ts";
import { renderMail } from "../../../service/mail/templates.ts";
import { isSecretName, redactText } from "../../../service/platform/redaction.ts";
import { testAccessTokens, testSigningKey } from "../../support/service.ts";
import { isThorough } from "../../support/thorough.ts";
import { setVariables } from "../../support/variables.ts";
import { expectHidden, logLine, nest, toAscii } from "./shown-lines.ts";

const valid = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };

/** Whether a registration accepts the members. */
const isAccepted = (members: Partial<typeof valid>) => registration.safeParse({ ...valid, ...members }).success;

const runs = (usual: number) => ({ numRuns: isThorough ? 200 : usual });

describe("Passwords in the log", () => {
  const password = fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(..."\"'`\\&;,:=%{}[]() <>@/?#\u2028\u00e9\u{1f512}"),
        fc.string({ minLength: 1, maxLength: 1, unit: "grapheme" }),
        fc.constantFrom(..."abcXYZ0189"),
      ),
      minLength: 8,
      maxLength: 64,
    })
    .filter((text) => isAccepted({ password: text }) && text.trim().length > 4);

  for (const name of ["password", "current_password", "newPassword", "passphrase", "client-secret"]) {
    it(`are hidden as ${name}: in JSON at any depth, in parameters of URLs, in objects that Node.js prints, and in prose`, () => {
      fc.assert(
        fc.property(password, fc.nat(3), (secret, depth) => {
          const json = JSON.stringify({ id: 7, [name]: secret, name: "Ann" });
          expectHidden(secret, nest(json, depth));
          expectHidden(secret, nest(toAscii(json), depth));
          expectHidden(secret, `Unexpected end of ${json.slice(0, -20)}... at 1`);
          expectHidden(secret, `https://api.test/x?a=b&${new URLSearchParams({ [name]: secret })}&c=d`);
          expectHidden(secret, `/x?body=${encodeURIComponent(nest(json, depth))}&c=d`);
          expectHidden(secret, `/x?${name}=${encodeURIComponent(secret)}&c=d failed`);
          expectHidden(secret, inspect({ a: 1, [name]: secret, b: [{ [name]: secret }] }));
          expectHidden(secret, `wrong ${name}: ${secret}`);
          expectHidden(secret, `${name}=${secret}\nat line 2`);
          expectHidden(secret, `the ${name} is "${secret}" of ann`);
          expectHidden(secret, `${name} '${secret}' refused`);
          expectHidden(secret, `${name} was: ${secret}`);
        }),
        runs(20),
      );
    });
  }

  it("are hidden with all kinds of quotes, in an object that Node.js prints into a string of JSON", () => {
    for (const secret of [`'aaa\`  ""`, `'\`"$\{a}'`, `a\\'b\`"c'`, `'""" a "\\`, `a\\'"b 'c\\`]) {
      expectHidden(secret, inspect({ "client-secret": secret, id: 7 }));
      expectHidden(secret, inspect({ "client-secret": secret, b: [{ "client-secret": secret }] }));
      expectHidden(secret, JSON.stringify(inspect({ "client-secret": secret, b: [{ "client-secret": secret }] })));
    }
  });

  it("are hidden in prose without a mark if they have digits", () => {
    for (const text of ["wrong password hunter22!", "the password is hunter22! of Ann", "Passphrase hunter22!"])
      expectHidden("hunter22!", text);
  });

  it("are hidden on all their lines, in lists, objects and long texts that are printed", () => {
    const secrets = ["first-line-7", "second-line-8", "third-line-9"];
    const long = `${secrets.join("\n")}${"x".repeat(80)}`;
    for (const value of [secrets, { a: secrets }, { a: { b: long } }, long, [long, long]])
      for (const object of [
        { password: value, id: 7 },
        { deeper: [{ passwords: value, id: 7 }] },
        { secrets: [[value]], id: 7 },
      ]) {
        const printed = [
          JSON.stringify(object, null, 2),
          inspect(object, { depth: 9 }),
          inspect(new Map(Object.entries(object)), { depth: 9 }),
        ];
        for (const text of printed) {
          for (const secret of secrets) expectHidden(secret, `cannot store ${text}`);
          expect(redactText(text)).to.match(/id\W+7/);
        }
      }
  });

  it("do not hide what follows them in JSON and in parameters", () => {
    for (const [text, shown] of [
      ['{"password":"a\\\\","id":7}', '{"password":"[redacted]","id":7}'],
      ['{\\"password\\":\\"a\\\\\\"b\\\\\\\\\\",\\"id\\":7}', '{\\"password\\":\\"[redacted]\\",\\"id\\":7}'],
      ['{"token":12,"id":7}', '{"token":[redacted],"id":7}'],
      ['{"password":"cut of', '{"password":"[redacted]'],
      ["?password=a%26b&id=7 failed", "?password=[redacted]&id=7 failed"],
      ["Error: password: a b c\n    at open (x.ts:1:2)", "Error: password: [redacted]\n    at open (x.ts:1:2)"],
    ] as const)
      expect(redactText(text)).to.equal(shown);
  });
});

describe("E-mail addresses in the log", () => {
  const letters = "\u00fc\u00df\u0153\u4e2d\u0431\u05d0\uff41\u2122\u2460\u00b2";
  const toLabel = (unit: fc.Arbitrary<string>) =>
    fc.string({ unit, minLength: 1, maxLength: 12 }).filter((text) => !/^-|-$/.test(text));
  const ascii = fc.constantFrom(..."abcxyz0189-");
  const label = fc.oneof(toLabel(ascii), toLabel(fc.oneof(ascii, fc.constantFrom(...letters))));
  const asciiLocal = fc.constantFrom(..."abcXYZ0189!#$%&'*+/=?^_`{|}~-.");
  const anyLocal = fc.oneof(asciiLocal, fc.constantFrom(..."\u00e9\u0301\u00df\u4e2d\u0431\u{1f33f}\uff21"));
  const local = fc.oneof(...[asciiLocal, anyLocal].map((unit) => fc.string({ unit, minLength: 1, maxLength: 30 })));
  const address = fc
    .tuple(local, fc.constantFrom("@", "@", "\uff20", "\ufe6b"), fc.array(label, { minLength: 1, maxLength: 3 }))
    .chain(([name, at, labels]) =>
      fc.constantFrom(".", "\uff0e", "\u2024").map((dot) => `${name}${at}${[...labels, "example"].join(dot)}`),
    )
    .filter((email) => isAccepted({ email }));

  it("are generated in all forms", () => {
    const some = fc.sample(address, 500);
    for (const form of [/^[ -~]+$/, /[^ -~].*[@\uff20\ufe6b]/, /[@\uff20\ufe6b].*[^ -~]/, /\uff20/, /['`/{%+]/])
      expect(some.filter((each) => form.test(each)).length, String(form)).to.be.above(5);
  });

  it("are hidden in prose, in URLs, in JSON at any depth and with any escapes", () => {
    fc.assert(
      fc.property(address, fc.nat(3), (email, depth) => {
        for (const text of [
          `dup key: { address: "${email}" }`,
          `${email} is taken`,
          `to <${email}>, (${email}); ${email}: ${email}.`,
          `mailto:${email}`,
          `user=${email}&x=1`,
          `https://api.test/v1/users/${email}/x`,
          `https://api.test/?to=${encodeURIComponent(email)}&x=1`,
          `https://api.test/?to=${encodeURIComponent(encodeURIComponent(email))}`,
          nest(JSON.stringify({ to: email, list: [email] }), depth),
          nest(toAscii(JSON.stringify({ to: email })), depth),
        ])
          expectHidden(email, text);
        const ascii = toAscii(email);
        expectHidden(ascii, `{"to":"${ascii}"}`);
        const escaped = ascii.replace(/[@]/, "\\u0040");
        expectHidden(escaped, `{"to":"${escaped}"}`);
      }),
      runs(50),
    );
  });

  it("are hidden however often a URL encodes them", () => {
    let email = "ann@example.com";
    for (let times = 0; times < 4; times++) {
      expect(redactText(`to=${email} failed`)).to.equal("[e-mail] failed");
      email = encodeURIComponent(email);
    }
  });

  it("are hidden with quotes and spaces, which other services accept", () => {
    for (const email of ['"ann lee"@example.com', '"a@b"@example.com', "ann+x@xn--bcher-kva.example"])
      expectHidden(email.replaceAll('"', ""), `the address ${email.replaceAll('"', "")}`);
    for (const text of ['to "ann lee"@example.com', 'to \\"ann lee\\"@example.com'])
      expect(redactText(text)).not.to.contain("ann");
  });
});

describe("Tokens in the log", () => {
  const contexts = (token: string) => [
    token,
    `Bearer ${token}`,
    `Bearer%20${token}`,
    `x_${token}`,
    `line\\n${token}\\n`,
    `{"a":"${token}"}`,
    `https://api.test/${token}/x`,
    `key ${token}: invalid, ${token}.`,
    `Unexpected token '${token[0]}', "${token}" is not valid JSON`,
  ];

  it("are hidden if they are refresh tokens that the service issues or accepts", () => {
    const tokens = new RefreshTokens({ current: randomBytes(32) });
    for (let count = 0; count < 50; count++) {
      const first = tokens.create(randomUUID()).toToken(count);
      const second = tokens
        .read(first)!
        .successor()
        .toToken(count + 1);
      // A token from before the generation.
      const { generation: _, ...older } = refreshTokenBytes;
      const length = Object.values(older).reduce<number>((sum, bytes) => sum + bytes, 0);
      for (const token of [first, second, randomBytes(length).toString("base64url")]) {
        for (const text of contexts(token)) expectHidden(token, text);
      }
    }
  });

  it("are hidden if they are access tokens that the service issues, also without their signature", async () => {
    const tokens = testAccessTokens(await testSigningKey());
    for (let count = 0; count < 10; count++) {
      const token = await tokens.issue({ userId: randomUUID(), sessionId: randomBytes(16).toString("base64url") });
      const [header, payload, signature] = token.split(".") as [string, string, string];
      for (const text of contexts(token)) for (const part of [header, payload, signature]) expectHidden(part, text);
      for (const text of contexts(`${header}.${payload}`))
        for (const part of [header, payload]) expectHidden(part, text);
    }
  });
});

describe("Tokens of links in the log", () => {
  for (const [name, toAddress] of [
    ["the page", (token: string) => toLink("https://api.test", "reset-password", token)],
    ["the app", (token: string) => toAppLink("confirm-email", token)],
  ] as const) {
    it(`are hidden in links to ${name}: in mails, messages, requests and errors`, () => {
      for (let count = 0; count < 20; count++) {
        const token = randomBytes(32).toString("base64url");
        const link = toAddress(token);
        const mail = {
          kind: "password-reset",
          to: "Ann@example.com",
          link,
          expiresAt: "2026-11-30T08:15:00Z",
        } as const;
        const { text, html } = renderMail(mail);
        for (const depth of [0, 1, 2, 3]) expectHidden(token, nest(JSON.stringify(mail), depth));
        for (const written of [text, html, inspect(mail), inspect({ MessageBody: JSON.stringify(mail) })]) {
          expectHidden(token, written);
        }
        for (const sentence of [
          `GET ${link} failed`,
          `the link '${link}' has expired`,
          `<a href="${link}">`,
          `(${link})`,
          `https://app.test/?next=${encodeURIComponent(link)}&x=1`,
          `https://app.test/?next=${encodeURIComponent(encodeURIComponent(link))}`,
          new URLSearchParams({ Action: "SendMessage", MessageBody: JSON.stringify(mail) }).toString(),
          `Request: ${link.replaceAll("/", "\\/")}`,
          JSON.stringify({ link }).slice(0, -10),
        ]) {
          expectHidden(token, sentence);
        }
      }
    });
  }
});

describe("Credentials in the log", () => {
  let restore: () => void;
  before(() => {
    restore = setVariables({ AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "key" });
  });
  after(() => restore());

  it("are hidden in URIs, whatever the password contains", () => {
    const part = fc
      .string({ unit: fc.constantFrom(..."abc019:/@?#&=\"'\\%+!\u00e9"), minLength: 4, maxLength: 40 })
      .filter((text) => /[a-z]/.test(text));
    fc.assert(
      fc.property(part, (secret) => {
        for (const scheme of ["mongodb", "mongodb+srv", "redis", "rediss"])
          for (const written of [secret, encodeURIComponent(secret)]) {
            const uri = `${scheme}://ecobeat:${written}@db.example.net:27017/x?replicaSet=a`;
            expectHidden(`:${written}@`, `cannot connect to ${uri} (ENOTFOUND)`);
            expectHidden(`:${written}@`, JSON.stringify({ uri, port: 1 }).replaceAll("/", "\\/"));
          }
      }),
      { ...runs(50), examples: [["aaa@"], ["aaa:"]] },
    );
  });

  it("are hidden in the presigned token of ElastiCache", async () => {
    const { password } = await cacheCredentials({ cacheName: "ecobeat-staging", userName: "auth" });
    const [, signature] = /X-Amz-Signature=(\w+)/.exec(password)!;
    for (const text of [password, `AUTH auth ${password}`, `{"x":"${password}"}`, `https://${password} failed`])
      expectHidden(signature!, text);
  });

  for (const name of [
    "password newPassword passphrase pwd refresh_token accessToken Authorization authorisation Cookie set-cookie api_key x-api-key",
    "apiKey email e-mail emailCanonical pepper clientSecret secrets privateKey private_key credentials X-Amz-Security-Token",
    "X-Amz-Credential X-Amz-Signature Idempotency-Key",
  ].flatMap((names) => names.split(" "))) {
    it(`are hidden as the value of ${name}, at any depth, of any type, and in strings within strings`, () => {
      expect(isSecretName(name)).to.equal(true);
      const object = { [name]: "visible", deeper: [{ [name]: { a: ["visible"] } }] };
      const line = logLine("message", { ...object, error: new Error(JSON.stringify(object)) });
      expect(line).not.to.contain("visible");
      for (let depth = 0; depth < 4; depth++) expectHidden("visible", nest(JSON.stringify(object), depth));
    });
  }
});
