import { MongodbatlasProvider } from "@cdktf/provider-mongodbatlas/lib/provider/index.js";
import type { EcobeatStack } from "../../ecobeat-stack.ts";

/** Adds Atlas's provider to a stack. It reads its API key from environment variables of the workspace. */
export function addAtlasProvider(stack: EcobeatStack): void {
  new MongodbatlasProvider(stack, "mongodbatlas");
  // Since 2.0, the schema of clusters differs from that of the bindings.
  stack.addOverride("terraform.required_providers.mongodbatlas.version", "~> 1.41");
}
