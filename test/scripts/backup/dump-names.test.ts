import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { FolderLocation } from "../../../scripts/backup/folder-location.ts";
import { getCollectionPaths } from "../../../scripts/backup/manifest.ts";
import { readToolsDump } from "../../../scripts/backup/tools-dump.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { toBson } from "./fixture.ts";

/** Names of the files that mongodump 100.9.0 has written for collections, without their endings. */
const dumpedNames: Readonly<Record<string, string>> = {
  "A~b_c-d.e": "A~b_c-d.e",
  "a b": "a+b",
  "a+b": "a%2Bb",
  "a/b": "a%2Fb",
  "50%": "50%25",
  ünï: "%C3%BCn%C3%AF",
  "a'(b)*!": "a%27%28b%29%2A%21",
  'a=b&c:d@e;f,g?h#i[j]k|l\\m"n<o>p^q`r{s}':
    "a%3Db%26c%3Ad%40e%3Bf%2Cg%3Fh%23i%5Bj%5Dk%7Cl%5Cm%22n%3Co%3Ep%5Eq%60r%7Bs%7D",
  // Cut off at 208 characters, even within a sign. Then follow a dollar sign and a hash.
  ["é".repeat(100)]: `${"%C3%A9".repeat(34)}%C3%%2402mW-EhxMxXsZ8vh0-6fogZ0Bd4`,
  ["a+b/".repeat(40)]: `${"a%2Bb%2F".repeat(26)}%24JUr8gueSI0-hfX9rYrHHyqD9fds`,
};

describe("The names of a dump's files", () => {
  for (const [collection, fileName] of Object.entries(dumpedNames)) {
    it(`are those of mongodump for ${collection.slice(0, 20)}`, () => {
      expect(getCollectionPaths("shop", collection)).to.deep.equal({
        data: `shop/${fileName}.bson.gz`,
        metadata: `shop/${fileName}.metadata.json.gz`,
      });
    });
  }

  describe("in a dump of the MongoDB tools", () => {
    const folder = useTemporaryFolder();
    const put = async (files: Readonly<Record<string, string | Buffer>>) => {
      await mkdir(join(folder(), "shop"), { recursive: true });
      for (const [name, content] of Object.entries(files)) {
        await writeFile(join(folder(), "shop", name), gzipSync(content));
      }
    };
    const read = async () => {
      const { collections } = await readToolsDump(new FolderLocation(folder()));
      return collections.map(({ metadata }) => metadata.name);
    };
    const [document] = toBson({ _id: 1 }) as [Buffer];

    for (const [collection, fileName] of Object.entries(dumpedNames)) {
      it(`stand for ${collection.slice(0, 20)}, with the name in the metadata`, async () => {
        const metadata = { options: {}, indexes: [], collectionName: collection, type: "collection" };
        await put({ [`${fileName}.bson.gz`]: document, [`${fileName}.metadata.json.gz`]: JSON.stringify(metadata) });
        expect(await read()).to.deep.equal([collection]);
      });
    }

    it("mean a space by a plus sign, if no metadata names the collection", async () => {
      await put({ "my+coll.bson.gz": document, "a%2Bb.bson.gz": document });
      expect((await read()).sort()).to.deep.equal(["a+b", "my coll"]);
    });

    it("are not enough if they are cut off", async () => {
      await put({ [`${dumpedNames["a+b/".repeat(40)]}.bson.gz`]: document });
      const error = await expectCode("dump-collection-unusable", read);
      expect(error.message).to.include("its name is cut off");
    });

    it("can be those of users and roles, which are not restored", async () => {
      await put({ "%24admin.system.users.bson.gz": document, "people.bson.gz": document });
      expect(await read()).to.deep.equal(["people"]);
    });
  });
});
