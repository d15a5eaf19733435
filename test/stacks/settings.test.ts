import { resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";
import { settings, toRule } from "./rules/settings.ts";

describe("settings of the stacks", () => {
  for (const setting of settings) {
    testRule(toRule(setting), {
      "another value": (stacks) => {
        const found = resources(stacks, setting.type).find(
          ({ attributes }) => setting.among?.(attributes) ?? true,
        );
        setting.spoil(found!.attributes);
      },
    });
  }
});
