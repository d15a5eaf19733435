import { join } from "node:path";
import type { Argument, Command, Option } from "commander";

/**
 * A script that defines the function `ops`, which runs `npm run ops` from any folder, and completes its command lines in a shell:
 * commands, options and choices. Elsewhere the shell completes names of files.
 *
 * @param repository the folder of package.json. @default that of this file
 */
export function formatCompletion(
  program: Command,
  shell: "bash" | "zsh",
  repository = join(import.meta.dirname, "..", ".."),
): string {
  const commands = listCommands(program);
  return `${shell === "zsh" ? zshPreparation : ""}ops() {
  npm --prefix ${quote(repository)} run --silent ops -- "$@"
}

_ops() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} prefix= command= list= index
  # bash splits --option=value into three words, and zsh does not.
  if [[ $current == = ]]; then current=
  elif [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $current == --*=* ]]; then previous=\${current%%=*} prefix=\${current%%=*}= current=\${current#*=}
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$command \${COMP_WORDS[index]}" in
      ${toPattern(commands.slice(1).map(({ path }) => path))}) command="$command \${COMP_WORDS[index]}" ;;
    esac
  done
  case "$command $previous" in
${commands.flatMap(toValueCases).join("\n")}
    *)
      case "$command" in
${commands.map(toWordCase).join("\n")}
      esac ;;
  esac
  COMPREPLY=($(compgen -P "$prefix" -W "$list" -- "$current"))
}

complete -o default -F _ops ops
`;
}

/** zsh runs completion functions of bash: https://zsh.sourceforge.io/Doc/Release/Completion-System.html#Use-of-compinit */
const zshPreparation = `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
autoload -Uz bashcompinit && bashcompinit

`;

interface CommandWords {
  /** Empty for the program, and such as ` backup create`. */
  readonly path: string;
  readonly subcommands: readonly Command[];
  readonly options: readonly Option[];
  readonly arguments: readonly Argument[];
}

function listCommands(command: Command, path = ""): CommandWords[] {
  const help = command.createHelp();
  const subcommands = help.visibleCommands(command);
  return [
    { path, subcommands, options: help.visibleOptions(command), arguments: command.registeredArguments },
    ...subcommands.flatMap((each) => (each.name() === "help" ? [] : listCommands(each, `${path} ${each.name()}`))),
  ];
}

/** What to complete after an option with a value. */
const toValueCases = ({ path, options }: CommandWords): string[] =>
  options
    .filter((option) => option.required)
    .map(({ long, flags, argChoices = [] }) => {
      const list = argChoices.length > 0 ? ` list=${quote(argChoices.join(" "))}` : " return";
      const begun = flags.endsWith(",...>") ? ` prefix+=\${current%"\${current##*,}"} current=\${current##*,}` : "";
      return `    ${toPattern([`${path} ${long}`])})${list}${begun} ;;`;
    });

/** What to complete elsewhere. */
function toWordCase({ path, subcommands, options, arguments: [argument] }: CommandWords): string {
  const flags = options.map(({ long }) => long).join(" ");
  const names = subcommands.length > 0 ? subcommands.map((command) => command.name()) : (argument?.argChoices ?? []);
  // A group of commands has no options but that for its help.
  const isGroup = path === "" || !options.some(({ long }) => long !== "--help");
  const words = [...names, ...(argument || (subcommands.length > 0 && isGroup) ? [] : [flags])].join(" ");
  return `        ${toPattern([path])}) if [[ $current == -* ]]; then list=${quote(flags)}; else list=${quote(words)}; fi ;;`;
}

const toPattern = (texts: readonly string[]): string => texts.map(quote).join("|");

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
