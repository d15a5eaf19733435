import { randomBytes } from "node:crypto";
import { secretFile } from "./secret-file.ts";

/** As many as the output of the hash that it keys, SHA-256. */
const pepperBytes = 32;

/** The key of the hashes of refresh tokens, in a file instead of SSM. It is created at the first start. */
export const filePepper = (path: string): Promise<Buffer> =>
  secretFile(path, {
    create: () => randomBytes(pepperBytes).toString("base64"),
    parse(text) {
      const pepper = Buffer.from(text, "base64");
      if (pepper.length !== pepperBytes) throw new Error(`it does not contain ${pepperBytes} bytes in base64`);
      return pepper;
    },
  });
