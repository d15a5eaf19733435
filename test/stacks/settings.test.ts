import { resources } from "./rules/resources.ts";
import { prove } from "./rules/rule.ts";
import { ruleOf, settings } from "./rules/settings.ts";

describe("settings of the stacks", () => {
  for (const setting of settings) {
    prove(ruleOf(setting), {
      "another value": (stacks) => {
        const found = resources(stacks, setting.type).find(
          ({ attributes }) => setting.among?.(attributes) ?? true,
        );
        setting.spoil(found!.attributes);
      },
    });
  }
});
