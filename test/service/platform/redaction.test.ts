import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { inspect } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import { RefreshTokens } from "../../../service/auth/refresh-tokens.ts";
import { registration } from "../../../service/auth/schemas.ts";
import { cacheCredentials } from "../../../service/cloud/cache-credentials.ts";
import { refreshTokenBytes } from "../../../service/contract.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { problems } from "../../../service/platform/problems.ts";
import { isSecretName, redactText } from "../../../service/platform/redaction.ts";
import { routes } from "../../../service/routes.ts";
import { listenHttp } from "../../support/listen.ts";
import { testAccessTokens, testSigningKey } from "../../support/service.ts";
import { setVariables } from "../../support/variables.ts";

/** A line of the log. */
function logLine(message: string, fields: Record<string, unknown>): string {
  let written = "";
  jsonLogger(
    (line) => {
      written += line;
    },
    () => 0,
  ).write("error", message, fields);
  return written;
}

/** All texts of a parsed line: names of members and their values. */
const textsIn = (value: unknown): string[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)])
    : [String(value)];

/** All that a line shows of a text, wherever in it the text is. */
function showLine(text: string): string[] {
  const error = Object.assign(new Error(text, { cause: new AggregateError([new Error(text)], text) }), { more: text });
  const line = logLine(text, {
    text,
    cause: error,
    nested: [{ deeper: { text, list: [text] } }],
    named: { [text]: 1 },
    json: JSON.stringify({ text, inner: JSON.stringify({ text }) }),
  });
  return [line, ...textsIn(JSON.parse(line))];
}

/** Checks that no line shows a secret, in none of its forms, unless the line has the same characters without the text. */
function expectHidden(secret: string, text: string): void {
  const shown = showLine(text);
  for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
    const found = shown.find((each) => each.includes(form));
    if (found !== undefined && !showLine("x").some((each) => each.includes(form)))
      expect.fail(`${form} in ${text}, shown as ${found}`);
  }
}

/** JSON in which each character beyond ASCII is escaped, as many libraries write it. */
const toAscii = (json: string) =>
  json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** JSON in a string of JSON, to a depth. */
const nest = (json: string, depth: number): string =>
  depth === 0 ? json : nest(JSON.stringify({ body: json, depth }), depth - 1);

const valid = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };

/** Whether a registration accepts the members. */
const isAccepted = (members: Partial<typeof valid>) => registration.safeParse({ ...valid, ...members }).success;

const runs = { numRuns: 100 };

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
          expectHidden(secret, `/x?${name}=${encodeURIComponent(secret)}&c=d failed`);
          expectHidden(secret, inspect({ a: 1, [name]: secret, b: [{ [name]: secret }] }));
          expectHidden(secret, `wrong ${name}: ${secret}`);
          expectHidden(secret, `${name}=${secret}\nat line 2`);
          expectHidden(secret, `the ${name} is "${secret}" of ann`);
          expectHidden(secret, `${name} '${secret}' refused`);
        }),
        runs,
      );
    });
  }

  it("are hidden in prose without a mark if they have digits", () => {
    for (const text of ["wrong password hunter22!", "the password is hunter22! of Ann", "Passphrase hunter22!"])
      expectHidden("hunter22!", text);
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
      runs,
    );
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
    const tokens = new RefreshTokens(randomBytes(32));
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
      runs,
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

describe("Harmless lines", () => {
  const harmless = [
    ...Object.keys(routes),
    ...Object.values(problems).map((make) => (make as (errors: []) => { type: string })([]).type),
    // One detail shows how to send a header.
    ...Object.values(problems)
      .map((make) => (make as (errors: []) => { detail: string })([]).detail)
      .filter((detail) => !detail.includes("`Authorization: ")),
    "8ce9f863-1935-4c1e-a1de-5676ed4d5f6a",
    `urn:request:${randomUUID()}`,
    "C5jSYut85dZzVwnR8efwQ",
    "1-5e1b4151-43a0913a12345678901234567",
    "2026-11-29T08:14:14.123Z",
    "arn:aws:kms:eu-west-1:123456789012:key/8ce9f863-1935-4c1e-a1de-5676ed4d5f6a",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecobeat/password-AbCdEf",
    "arn:aws:ssm:eu-west-1:123456789012:parameter/ecobeat/staging/refresh-token-pepper",
    "arn:aws:sts::123456789012:assumed-role/ecobeat-staging-auth/ecobeat-staging-auth",
    "/ecobeat/staging/refresh-token-pepper does not exist",
    "_mongodb._tcp.ecobeat-staging.ab1cd.mongodb.net",
    "querySrv ENOTFOUND _mongodb._tcp.ecobeat-staging.ab1cd.mongodb.net",
    "connect ECONNREFUSED 127.0.0.1:27017",
    "mongodb+srv://ecobeat-staging.ab1cd.mongodb.net/ecobeat?authMechanism=MONGODB-AWS",
    "rediss://master.ecobeat-staging.ab1cd.euw1.cache.amazonaws.com:6379",
    "https://kms.eu-west-1.amazonaws.com:443/ did not respond within 2000 ms",
    "https://unpkg.com:443/swagger-ui-dist@5.35.0/swagger-ui.css",
    "mongodb@7.9.0, @aws-sdk/client-kms@3.1164.0 and node v20.20.2",
    "node_modules/.pnpm/@aws-sdk+client-kms@3.1164.0/node_modules/@aws-sdk/client-kms/dist-cjs/index.js",
    "node_modules/@scope.with.dots/name/index.js",
    "ExpiredTokenException: The security token included in the request is expired",
    "TokenExpiredError: expired",
    "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
    "Cannot read properties of undefined (reading 'token')",
    "WRONGPASS invalid username-password pair or user is disabled.",
    "MongoServerError: not primary",
    "E11000 duplicate key error collection: ecobeat.users index: emailCanonical_1",
    "the session store did not answer: 3 of 4 attempts",
    [
      "Error: no answer",
      "    at Tokens.refresh (/var/task/service/auth/tokens.ts:12:5)",
      "    at Passwords.verify (file:///app/service/auth/passwords.ts:33:1)",
      "    at async file:///work/node_modules/@smithy/core/dist-es/submodules/schema/middleware.js:26:22",
      "    at KMSClient.send (/var/task/node_modules/@aws-sdk/client-kms/dist-cjs/index.js:1:2)",
      "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
      "    at new Promise (<anonymous>)",
    ].join("\n"),
  ];

  for (const text of harmless) {
    it(`survive: ${text.split("\n")[0]!.slice(0, 80)}`, () => {
      expect(redactText(text)).to.equal(text);
      const line = JSON.parse(logLine(text, { text, nested: [{ text }], cause: new Error(text) }));
      expect(line).to.deep.include({ message: text, text, nested: [{ text }] });
      expect(line.cause.message).to.equal(text);
    });
  }

  it("survive, though a real error of a package in a scope throws them", async () => {
    const { KMSClient, SignCommand } = await import("@aws-sdk/client-kms");
    const server = createServer((_request, response) =>
      response
        .writeHead(400, { "content-type": "application/x-amz-json-1.1" })
        .end('{"__type":"AccessDeniedException"}'),
    );
    const client = new KMSClient({
      region: "eu-west-1",
      endpoint: await listenHttp(server),
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
    const input = { KeyId: "k", Message: new Uint8Array(1), SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" } as const;
    const error = await client.send(new SignCommand(input)).catch((cause) => cause);
    client.destroy();
    server.close();
    expect(error.stack).to.contain("/node_modules/@");
    expect(JSON.parse(logLine("x", { cause: error })).cause.stack).to.equal(error.stack);
  });
});

describe("The redaction", () => {
  for (const [text, shown] of [
    ["redis://h:6379?password=hunter2&db=1", "redis://h:6379?password=[redacted]&db=1"],
    ["rediss://h/?db=1&access_token.x=hunter2", "rediss://h/?db=1&access_token.x=[redacted]"],
    ["at redis://u:p/hunter2@h:6379/0", "at redis://[redacted] at h:6379/0"],
    [`mongodb://u:${"p".repeat(80)}/hunter2/${"p".repeat(80)}@h/x`, "mongodb://[redacted] at h/x"],
    ["redis://:p@hunter2/@h:6379", "redis://[redacted] at h:6379"],
    ["redis://hunter2@h:6379", "redis://[redacted] at h:6379"],
    ["mongodb://h:27017/x?replicaSet=a", "mongodb://h:27017/x?replicaSet=a"],
    ["at open (file:///app/tokens.ts:12:5)", "at open (file:///app/tokens.ts:12:5)"],
  ] as const) {
    it(`shows ${shown} for ${text.slice(0, 60)}`, () => expect(redactText(text)).to.equal(shown));
  }

  it("changes nothing that is redacted already", () => {
    for (const text of [
      '{"password":"x"} ann@x.org',
      "redis://u:p@h/",
      "token: a\nemail b",
      "?token=a&email=b%40x.org",
    ])
      expect(redactText(redactText(text))).to.equal(redactText(text));
  });

  it("takes linear time", () => {
    const parts = [
      ..."a . - / \\ \" ' % = : @ & ? token password ://".split(" "),
      ...[
        "://a:",
        "://a:1/",
        "a.",
        "a@",
        "@1.1.",
        "a@1.",
        "a%40",
        "%40",
        "%2540",
        "%ef%bc%a0",
        "a%ef%bc%a0",
        "\\u0040",
        '"@',
      ],
      ...[
        "eyJ",
        "eyJa.",
        "-eyJ",
        "password.",
        "token=",
        '"token":',
        '"token":"',
        '\\"token\\":\\"',
        "token: ",
        "token '",
      ],
      ...[
        "password ",
        "password is ",
        "&token=",
        "?token.",
        "-----BEGIN PRIVATE KEY-----",
        " ",
        "\u00e9",
        "unexpected token '",
      ],
    ];
    const started = process.cpuUsage().user;
    for (const part of parts)
      for (const [before, after] of [
        ["", " @"],
        ["eyJ", "\n"],
        ["a@", ".1"],
        ['"password":"', ""],
      ])
        redactText(before + part.repeat(100_000 / part.length) + after);
    // Quadratic time would take minutes.
    expect(process.cpuUsage().user - started).to.be.below(10_000_000);
  });
});
