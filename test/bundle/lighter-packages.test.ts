import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import { ConnectionString } from "mongodb-connection-string-url";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import { bundleForLambda } from "../../scripts/build/bundle.ts";
import { contentTypes } from "../../scripts/build/lighter-packages.ts";
import { openApiDocument } from "../../service/openapi/document.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("The parts of packages that the archives contain", () => {
  const folder = useTemporaryFolder();

  it("know the content types of all responses", () => {
    const used = new Set(JSON.stringify(openApiDocument()).match(/(?<=")(application|text)\/[\w.+-]+(?=":)/g));
    expect(used).to.include("application/problem+json");
    expect(contentTypes).to.include.members([...used]);
  });

  it("parse connection strings as the driver does", async () => {
    const { files } = await bundleForLambda(repositoryRoot, "node_modules/mongodb-connection-string-url/lib/index.js");
    for (const [name, contents] of Object.entries(files)) await writeFile(join(folder(), name), contents);
    const { ConnectionString: Bundled } = createRequire(import.meta.url)(join(folder(), "index.js")).default;
    const describeString = (Type: typeof ConnectionString, uri: string) => {
      try {
        const parsed = new Type(uri);
        const { hosts, isSRV, protocol, username, password, pathname, search, hash, searchParams } = parsed;
        const tls = searchParams.get("TLS");
        return {
          ...{ hosts, isSRV, protocol, username, password, pathname, search, hash, tls },
          text: parsed.toString(),
        };
      } catch (error) {
        return (error as Error).name;
      }
    };
    for (const uri of [
      "mongodb+srv://cluster-pl-0.a1b2c.mongodb.net/?authSource=%24external&authMechanism=MONGODB-AWS&appName=a%20b",
      "mongodb://a.test:27017,b.test:27018,[::1]:27019/ecobeat?replicaSet=r&tls=true&w=majority",
      "mongodb://ann:p%40ss%3Aw%C3%B6rd@127.0.0.1/db?readPreferenceTags=a:1&readPreferenceTags=&TLS=false",
      "mongodb://%2Ftmp%2Fmongodb-27017.sock/db#fragment",
      "mongodb://h\u00f6st.test/d%62?x=\u00e4'|",
      "MongoDB://127.0.0.1",
      "mongodb://ann:a/b@127.0.0.1/",
      "mongodb+srv://a.test,b.test/",
      "mongodb://",
      "postgres://127.0.0.1/",
      "mongodb://a b/",
    ]) {
      expect(describeString(Bundled, uri), uri).to.deep.equal(describeString(ConnectionString, uri));
    }
  });
});
