import { readFile } from "node:fs/promises";
import { gitHubRepository } from "../../service/company.ts";
import type { Architecture } from "./native-binary.ts";

/** The repository on the Git host, without the ids in the subject of its tokens. */
export const repository = `https://github.com/${gitHubRepository.replaceAll(/@\d+/g, "")}`;

/** What this build does and means, as SLSA requires: https://slsa.dev/spec/v1.0/provenance#builddefinition */
export const buildType = `${repository}/blob/main/docs/supply-chain.md#build-type`;

/** The builder of a statement that no workflow made. */
export const localBuilder = `${repository}/blob/main/docs/supply-chain.md#local-builds`;

/**
 * From what an archive was built, and where: a Statement of in-toto with the provenance of SLSA.
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and https://slsa.dev/spec/v1.0/provenance
 */
export interface ProvenanceStatement {
  readonly _type: "https://in-toto.io/Statement/v1";
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: "https://slsa.dev/provenance/v1";
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: { readonly repository: string; readonly architecture: Architecture };
      readonly resolvedDependencies: readonly {
        readonly uri?: string;
        readonly name?: string;
        readonly digest: Readonly<Record<string, string>>;
      }[];
    };
    readonly runDetails: {
      /** The versions decide on the bytes: esbuild's output may differ from one to another. */
      readonly builder: { readonly id: string; readonly version: Readonly<Record<string, string>> };
      readonly metadata: { readonly invocationId?: string; readonly startedOn: string; readonly finishedOn: string };
    };
  };
}

/** Name of the dependency that the lockfile is. */
export const lockfileName = "package-lock.json";

/** Path of the statement next to an archive. */
export const toStatementPath = (archive: string): string => archive.replace(/(\.zip)?$/, ".provenance.json");

/**
 * The statement next to an archive.
 * @returns undefined if there is none
 */
export async function readStatement(archive: string): Promise<ProvenanceStatement | undefined> {
  const text = await readFile(toStatementPath(archive), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as ProvenanceStatement);
}

/** Whether a statement is about an archive. @param sha256 base64, as Lambda's `CodeSha256` */
export const isStatementOf = ({ subject }: ProvenanceStatement, sha256: string): boolean =>
  subject.some(({ digest }) => digest.sha256 === toHex(sha256));

/** The commit in a statement. */
export const getStatedCommit = (statement: ProvenanceStatement): string | undefined =>
  getDependencies(statement).find(({ digest }) => digest.gitCommit)?.digest.gitCommit;

/** SHA-256 of the lockfile in a statement, in hexadecimal digits. */
export const getStatedLockfile = (statement: ProvenanceStatement): string | undefined =>
  getDependencies(statement).find(({ name }) => name === lockfileName)?.digest.sha256;

const getDependencies = ({ predicate }: ProvenanceStatement) => predicate.buildDefinition.resolvedDependencies;

/** Hexadecimal digits of what is in base64. */
export const toHex = (base64: string): string => Buffer.from(base64, "base64").toString("hex");
