import { createServer, type Server } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { expect } from "chai";
import { parameterPath, parameters } from "../../service/contract.ts";
import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";
import { exportPublicKey, type KmsServer, startKmsServer } from "../support/kms-server.ts";
import { listen } from "../support/listen.ts";
import { testSigningKey } from "../support/service.ts";
import { type Certificate, selfSignedCertificate, type TlsServer, tlsServer } from "../support/tls-server.ts";
import { WireDatabase } from "../support/wire-database.ts";
import { startLambda } from "./lambda-process.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import {
  announcesTls,
  awaitTlsLines,
  getEndpoint,
  hostNames,
  loopbackNames,
  lowestLevel,
  type TlsLine,
} from "./tls-lines.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

const services = ["AWS", "MongoDB", "Redis"] as const;

type Versions = Pick<SecureContextOptions, "minVersion" | "maxVersion" | "ciphers">;

/** The services in the log. */
const dependencies: Record<(typeof services)[number], readonly string[]> = {
  AWS: ["kms", "ssm"],
  MongoDB: ["database"],
  Redis: ["redis"],
};

/** One line for each connection, with its version. */
function expectLines(
  node: string,
  servers: Record<(typeof services)[number], TlsServer>,
  lines: readonly TlsLine[],
  version: string,
): void {
  if (!announcesTls(node)) return void expect(lines).to.deep.equal([]);
  expect(new Set(lines.map(({ dependency }) => dependency))).to.deep.equal(new Set(Object.values(dependencies).flat()));
  for (const service of services) {
    const own = lines.filter(({ dependency }) => dependencies[service].includes(dependency));
    expect(own.map(({ protocol }) => protocol)).to.deep.equal(servers[service].versions.map(() => version));
  }
}

/** The functions that serve requests, with the variables that the stacks set. */
const functions = resources(allStacks(), "aws_lambda_function")
  .filter(({ attributes }) => /^(auth|api)\.handler$/.test(String(attributes.handler)))
  .map(({ attributes: { function_name, environment } }) => ({
    name: String(function_name),
    variables: environment.variables as Record<string, string>,
  }));

describe("the unzipped archive, on services behind TLS", () => {
  const archive = new UnzippedArchive("service");
  let certificate: Certificate;
  let kms: KmsServer;
  const database = new WireDatabase();
  let redis: Server;
  /** Ports without TLS. */
  let ports: Record<(typeof services)[number], number>;
  /** Values of parameters, by path. */
  const values = new Map<string, string>();

  before(async () => {
    certificate = await selfSignedCertificate(hostNames);
    const PublicKey = exportPublicKey(await testSigningKey());
    kms = await startKmsServer((action, input) =>
      action === "GetParameters"
        ? { Parameters: (input.Names as string[]).map((Name) => ({ Name, Value: values.get(Name) })) }
        : { KeyId: input.KeyId, KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY", PublicKey },
    );
    await database.start();
    // Responds OK to each command, which starts with the number of its words: `*2`.
    redis = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        for (const _ of chunk.toString().match(/^\*/gm) ?? []) socket.write("+OK\r\n");
      });
    });
    ports = {
      AWS: Number(new URL(process.env.AWS_ENDPOINT_URL_KMS!).port),
      MongoDB: Number(new URL(database.uri).port),
      Redis: await listen(redis),
    };
  });
  after(async () => {
    redis.close();
    await database.stop();
    kms.stop();
    await certificate.remove();
  });

  /** Requests `/health/ready` from a function, with each service behind TLS of the given versions. */
  async function ready(
    node: string,
    { name, variables }: (typeof functions)[number],
    versionsOf: (service: (typeof services)[number]) => Versions,
  ) {
    const servers = Object.fromEntries(
      await Promise.all(
        services.map(async (service) => [
          service,
          await tlsServer(ports[service], { ...certificate, ...versionsOf(service) }),
        ]),
      ),
    ) as Record<(typeof services)[number], TlsServer>;
    const environment = /^ecobeat-([a-z0-9]+)-/.exec(name)![1]!;
    for (const [parameter, value] of [
      [parameters.mongodbUri, `mongodb://pl-0.mongodb.net:${servers.MongoDB.port}/?directConnection=true&tls=true`],
      [parameters.redisUrl, `rediss://user@redis.cache.amazonaws.com:${servers.Redis.port}`],
      [parameters.jwtSigningKeys, '{"current":"arn:aws:kms:eu-west-1:123456789012:key/current"}'],
      [parameters.refreshTokenPepper, Buffer.alloc(32).toString("base64")],
    ] as const) {
      values.set(parameterPath(environment, parameter), value);
    }
    const lambda = startLambda({
      folder: archive.folder,
      node,
      environment: {
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL_KMS: getEndpoint("kms", servers.AWS),
        AWS_ENDPOINT_URL_SSM: getEndpoint("ssm", servers.AWS),
        NODE_EXTRA_CA_CERTS: certificate.path,
        ...variables,
        NODE_OPTIONS: `${variables.NODE_OPTIONS ?? ""} ${loopbackNames}`,
      },
    });
    const { status } = await lambda.send({ path: "/health/ready" });
    const lines = announcesTls(node) ? await awaitTlsLines(lambda.log, Object.values(servers)) : [];
    await lambda.stop();
    for (const server of Object.values(servers)) server.close();
    return { status, servers, lines, log: lambda.log() };
  }

  describeOnEachNode((getNode) => {
    for (const lambda of functions) {
      it(`reaches services limited to TLS 1.2, as ${lambda.name}`, async () => {
        const { status, servers, log, lines } = await ready(getNode(), lambda, () => ({ maxVersion: "TLSv1.2" }));
        expect(status, log).to.equal(200);
        for (const service of services) expect(servers[service].versions).to.include("TLSv1.2");
        expectLines(getNode(), servers, lines, "TLSv1.2");
      });
    }

    it("uses TLS 1.3 with services that offer it", async () => {
      const { status, servers, log, lines } = await ready(getNode(), functions[0]!, () => ({ minVersion: "TLSv1.2" }));
      expect(status, log).to.equal(200);
      for (const service of services) {
        expect(new Set(servers[service].versions)).to.deep.equal(new Set(["TLSv1.3"]));
      }
      expectLines(getNode(), servers, lines, "TLSv1.3");
    });

    for (const old of services) {
      it(`rejects TLS 1.1 of ${old}, even if Node.js allows it`, async () => {
        const { name, variables } = functions[0]!;
        // Without these, Node.js rejects TLS 1.1 itself, and the test would not reach the minimum version of the connection.
        const NODE_OPTIONS = `--tls-min-v1.0 --tls-cipher-list=${lowestLevel}`;
        const { status, servers, lines } = await ready(
          getNode(),
          { name, variables: { ...variables, NODE_OPTIONS } },
          (service) =>
            service === old
              ? { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: lowestLevel }
              : { minVersion: "TLSv1.2" },
        );
        expect(status).to.equal(503);
        expect(servers[old].versions).to.deep.equal([]);
        expect(servers[old].failures).to.include("ERR_SSL_UNSUPPORTED_PROTOCOL");
        expect(lines.filter(({ dependency }) => dependencies[old].includes(dependency))).to.deep.equal([]);
      });
    }
  });
});
