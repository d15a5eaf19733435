import { AtlasClient } from "./client.ts";
import { readAccess } from "./credentials.ts";
import { systemTime } from "./time.ts";

/**
 * A client of Atlas, as the variables of this process say.
 * @throws {ConfigurationError} if a variable is missing
 */
export const connect = (): AtlasClient => new AtlasClient(readAccess(process.env), systemTime);
