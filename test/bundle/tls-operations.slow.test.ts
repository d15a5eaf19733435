import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { expect } from "chai";
import { BSON } from "mongodb";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { variables } from "../../service/contract.ts";
import { FakeAws } from "../scripts/release/pre-traffic/fake-aws.ts";
import { type SesServer, startSesServer, toSqsEvent } from "../support/ses-server.ts";
import { type Certificate, selfSignedCertificate, type TlsServer, tlsServer } from "../support/tls-server.ts";
import { WireDatabase } from "../support/wire-database.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import {
  announcesTls,
  getEndpoint,
  hostNames,
  loopbackNames,
  lowestLevel,
  type TlsLine,
  toTlsLines,
} from "./tls-lines.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

const limits = { "TLSv1.2": { maxVersion: "TLSv1.2" }, "TLSv1.3": { minVersion: "TLSv1.3" } } as const;

/** Of a server whose version the functions must reject, even if Node.js allows it. */
const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: lowestLevel } as const;

describe("On services behind TLS", () => {
  let certificate: Certificate;
  before(async () => {
    certificate = await selfSignedCertificate(hostNames);
  });
  after(() => certificate.remove());

  const getEnvironment = (endpoints: Record<string, string>) => {
    const { AWS_ENDPOINT_URL: _, ...environment } = functionEnvironment("staging", "");
    return {
      ...environment,
      ...endpoints,
      AWS_REGION: "eu-west-1",
      NODE_EXTRA_CA_CERTS: certificate.path,
      NODE_OPTIONS: `--tls-min-v1.0 --tls-cipher-list=${lowestLevel} ${loopbackNames}`,
    };
  };

  /** Each connection to a server has a line with its version. */
  function expectLines(
    node: string,
    lines: readonly TlsLine[],
    server: TlsServer,
    dependencies: readonly string[],
  ): void {
    if (!announcesTls(node)) return void expect(lines).to.deep.equal([]);
    const own = lines.filter(({ dependency }) => dependencies.includes(dependency));
    expect(new Set(own.map(({ dependency }) => dependency))).to.deep.equal(new Set(dependencies));
    expect(own.map(({ protocol }) => protocol)).to.deep.equal(server.versions);
  }

  describe("the dump", () => {
    const archive = new UnzippedArchive("backups");
    const database = new WireDatabase();
    let mongodbUri: string;
    /** SSM and S3. It stores nothing: a dump only writes. */
    const aws = createServer(async (request, response) => {
      if (request.method === "PUT") return void request.resume().on("end", () => response.end());
      const { Names } = (await json(request)) as { Names: string[] };
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(JSON.stringify({ Parameters: Names.map((Name) => ({ Name, Value: mongodbUri })) }));
    });
    before(async () => {
      await database.start();
      database.put("ecobeat.users", { documents: [Buffer.from(BSON.serialize({ _id: 1 }))] });
      await once(aws.listen(0, "127.0.0.1"), "listening");
    });
    after(async () => {
      await database.stop();
      aws.close();
    });

    async function dump(node: string, versions: Parameters<typeof tlsServer>[1]) {
      const s3 = await tlsServer((aws.address() as AddressInfo).port, { ...certificate, ...versions });
      const ssm = await tlsServer((aws.address() as AddressInfo).port, { ...certificate });
      const mongodb = await tlsServer(Number(new URL(database.uri).port), { ...certificate, ...versions });
      const isOld = versions === old;
      mongodbUri = isOld
        ? database.uri.replace("/?", "/ecobeat?")
        : `mongodb://pl-0.mongodb.net:${mongodb.port}/ecobeat?directConnection=true&tls=true`;
      const environment = {
        ...getEnvironment({
          AWS_ENDPOINT_URL_S3: getEndpoint("s3", s3),
          AWS_ENDPOINT_URL_SSM: getEndpoint("ssm", ssm),
        }),
        [variables.backupLocation]: "s3://backups/dumps/",
      };
      const outcome = await archive.evaluate("index.dump({}, context)", environment, node);
      for (const server of [s3, ssm, mongodb]) server.close();
      return { ...outcome, s3, mongodb, lines: toTlsLines(outcome.log) };
    }

    describeOnEachNode((getNode) => {
      for (const [version, limit] of Object.entries(limits)) {
        it(`uses ${version} with services limited to it, and logs it`, async () => {
          const { result, failure, lines, s3, mongodb } = await dump(getNode(), limit);
          expect(result, failure).to.include({ documents: 1 });
          expect(new Set(s3.versions)).to.deep.equal(new Set([version]));
          expectLines(getNode(), lines, s3, ["s3"]);
          // The driver may open another connection, and close it before its handshake has ended.
          const own = lines.filter(({ dependency }) => dependency === "database");
          expect(own.length).to.be.within(announcesTls(getNode()) ? 1 : 0, mongodb.versions.length);
          expect(own.filter(({ protocol }) => protocol !== version)).to.deep.equal([]);
        });
      }

      it("rejects TLS 1.1 of S3, and logs no connection without TLS", async () => {
        const { failure, s3, lines } = await dump(getNode(), old);
        expect(failure).to.contain("[s3-");
        expect(s3.versions).to.deep.equal([]);
        expect(s3.failures).to.include("ERR_SSL_UNSUPPORTED_PROTOCOL");
        expect(lines.filter(({ dependency }) => dependency !== "ssm")).to.deep.equal([]);
      });
    });
  });

  describe("the pre-traffic hook", () => {
    const archive = new UnzippedArchive("preTraffic");
    const aws = new FakeAws();
    before(async () => {
      aws.account = JSON.stringify({ email: "probe@ecobeat.app", password: "long enough" });
      aws.respond = async () => ({ statusCode: 503, body: "{}" });
      await aws.start();
    });
    after(() => aws.stop());

    async function tryVersion(node: string, versions: Parameters<typeof tlsServer>[1]) {
      const server = await tlsServer(Number(new URL(aws.url).port), { ...certificate, ...versions });
      const endpoints = ["codedeploy", "lambda", "ssm"].map((service) => [
        `AWS_ENDPOINT_URL_${service.toUpperCase()}`,
        getEndpoint(service, server),
      ]);
      const event = '{ DeploymentId: "d-EXAMPLE", LifecycleEventHookExecutionId: "execution" }';
      const outcome = await archive.evaluate(
        `index.tryVersion(${event}, context)`,
        getEnvironment(Object.fromEntries(endpoints)),
        node,
      );
      server.close();
      return { ...outcome, server, lines: toTlsLines(outcome.log) };
    }

    describeOnEachNode((getNode) => {
      for (const [version, limit] of Object.entries(limits)) {
        it(`uses ${version} with services limited to it, and logs it`, async () => {
          const { result, failure, server, lines } = await tryVersion(getNode(), limit);
          expect(result, failure).to.equal("Failed");
          expect(new Set(server.versions)).to.deep.equal(new Set([version]));
          expectLines(getNode(), lines, server, ["codedeploy", "lambda", "ssm"]);
        });
      }

      it("rejects TLS 1.1", async () => {
        const { failure, server, lines } = await tryVersion(getNode(), old);
        expect(failure).not.to.equal(undefined);
        expect(server.versions).to.deep.equal([]);
        expect(server.failures).to.include("ERR_SSL_UNSUPPORTED_PROTOCOL");
        expect(lines).to.deep.equal([]);
      });
    });
  });

  describe("the sender of mails", () => {
    const archive = new UnzippedArchive("accounts");
    let ses: SesServer;
    let port: number;
    before(async () => {
      ses = await startSesServer();
      port = Number(new URL(process.env.AWS_ENDPOINT_URL_SESV2!).port);
    });
    after(() => ses.stop());

    async function sendMails(node: string, versions: Parameters<typeof tlsServer>[1]) {
      const server = await tlsServer(port, { ...certificate, ...versions });
      const environment = {
        ...getEnvironment({ AWS_ENDPOINT_URL_SESV2: getEndpoint("email", server) }),
        [variables.mailFrom]: "no-reply@api.test",
        [variables.mailConfigurationSet]: "ecobeat-staging",
        [variables.mailsPerSecond]: "10",
      };
      const event = JSON.stringify(toSqsEvent({ kind: "password-changed", to: "ann@example.com" }));
      const outcome = await archive.evaluate(`index.sendMails(${event}, context)`, environment, node);
      server.close();
      return { ...outcome, server, lines: toTlsLines(outcome.log) };
    }

    describeOnEachNode((getNode) => {
      for (const [version, limit] of Object.entries(limits)) {
        it(`uses ${version} with SES limited to it, and logs it`, async () => {
          const { result, server, lines } = await sendMails(getNode(), limit);
          expect(result).to.deep.equal({ batchItemFailures: [] });
          expect(new Set(server.versions)).to.deep.equal(new Set([version]));
          expectLines(getNode(), lines, server, ["email"]);
        });
      }

      it("rejects TLS 1.1, and leaves the mail in the queue", async () => {
        const { result, server, lines } = await sendMails(getNode(), old);
        expect(result).to.deep.equal({ batchItemFailures: [{ itemIdentifier: "message-0" }] });
        expect(server.versions).to.deep.equal([]);
        expect(server.failures).to.include("ERR_SSL_UNSUPPORTED_PROTOCOL");
        expect(lines).to.deep.equal([]);
      });
    });
  });
});
