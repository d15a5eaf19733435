import { randomBytes } from "node:crypto";
import { secretFile } from "./secret-file.ts";

/** As many as the hash it keys, SHA-256, gives out. */
const pepperBytes = 32;

/** The key under which refresh tokens are hashed, in a file in place of SSM. It is made at the first start and kept. */
export const filePepper = (path: string): Promise<Buffer> =>
  secretFile(path, {
    create: () => randomBytes(pepperBytes).toString("base64"),
    parse(text) {
      const pepper = Buffer.from(text, "base64");
      if (pepper.length !== pepperBytes) throw new Error(`it holds no ${pepperBytes} bytes in base64`);
      return pepper;
    },
  });
