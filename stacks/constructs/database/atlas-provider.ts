import { MongodbatlasProvider } from "@cdktf/provider-mongodbatlas/lib/provider/index.js";
import type { EcobeatStack } from "../../ecobeat-stack.ts";

/** Adds Atlas's provider to a stack. It reads its API key from environment variables of the workspace. */
export function addAtlasProvider(stack: EcobeatStack): void {
  new MongodbatlasProvider(stack, "mongodbatlas");
}
