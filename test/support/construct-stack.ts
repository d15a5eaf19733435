import { App, Testing } from "cdktf";
import { EcobeatStack } from "../../stacks/ecobeat-stack.ts";
import { staging } from "../../stacks/environments/staging.ts";
import type { Environment } from "../../stacks/environments.ts";
import { type StackJson, withoutCreationStacks } from "./synthesize.ts";

/** A stack for single constructs, with a key for logs that is in no stack. */
export class ConstructStack extends EcobeatStack {
  override readonly logKey = { arn: "arn:key", provider: undefined };

  constructor(environment: Environment = staging) {
    super(new App(), "constructs", environment);
  }
}

/** The JSON of a stack that has what `build` adds, and nothing else. */
export function synthesizeConstructs(build: (stack: EcobeatStack) => void, environment = staging): StackJson {
  return withoutCreationStacks(() => {
    const stack = new ConstructStack(environment);
    build(stack);
    return JSON.parse(Testing.synth(stack));
  });
}
