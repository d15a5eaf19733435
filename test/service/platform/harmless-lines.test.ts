import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { expect } from "chai";
import { problems } from "../../../service/platform/problems.ts";
import { redactText } from "../../../service/platform/redaction.ts";
import { routes } from "../../../service/routes.ts";
import { listenHttp } from "../../support/listen.ts";
import { logLine } from "./shown-lines.ts";

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
      "    at async file:///var/task/node_modules/@smithy/core/dist-es/submodules/schema/middleware.js:26:22",
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
        "token: [\n ",
        "token '",
      ],
      ...[
        "password ",
        "password is ",
        "&token=",
        "?token.",
        "token%22",
        "token%3A",
        "token%25",
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
    expect(process.cpuUsage().user - started).to.be.below(20_000_000);
  });
});
