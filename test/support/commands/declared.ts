import { accepted, type Call, refused, type Tool } from "./tool.ts";

/** What a program takes, as far as pages use it. */
export interface Declared {
  /** Where that is documented. */
  readonly source: string;
  /** Subcommands with their flags; a flag that takes a value ends in `=`. */
  readonly commands: Readonly<Record<string, readonly string[]>>;
  /** Says what is wrong with what is no flag; undefined if nothing is. */
  readonly check?: (words: readonly string[]) => string | undefined;
  /** What it prints. @default nothing */
  readonly prints?: (call: Call) => string;
}

/** A program that is not on every machine: its calls are held against what its documentation says. */
export function declaredTool({ source, commands, check, prints }: Declared): Tool {
  return (call) => {
    const { args } = call;
    const name = Object.keys(commands)
      .sort((a, b) => b.length - a.length)
      .find((each) => each === "" || `${args.join(" ")} `.startsWith(`${each} `));
    if (name === undefined) {
      return refused(`Nothing is known of this command. See ${source}, and add it to test/support/commands.`);
    }
    const words: string[] = [];
    const rest = args.slice(name === "" ? 0 : name.split(" ").length);
    while (rest.length > 0) {
      const word = rest.shift()!;
      const [flag, value] = word.split("=", 2);
      if (!word.startsWith("-") && !word.startsWith("+")) words.push(word);
      else if (commands[name]!.includes(`${flag}=`)) {
        if ((value ?? rest.shift() ?? "") === "") return refused(`${flag} wants a value.`);
      } else if (value !== undefined || !commands[name]!.includes(word)) {
        return refused(`\`${name}\` has no ${word}. See ${source}.`);
      }
    }
    const problem = check?.(words);
    return problem ? refused(problem) : accepted(prints?.(call));
  };
}
