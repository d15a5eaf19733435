/** A variable that keeps the value that the shell already has. */
export interface KeptVariable {
  readonly name: string;
  /** What a person is asked, or the default. */
  readonly question: string;
  /** Whether a person chooses the value. @default the block has a default */
  readonly isAsked: boolean;
  /** Whether the question is asked without an echo. */
  readonly isSecret: boolean;
}

const secret = /\[ -n "\$\{(\w+):-\}" \] \|\| \{ printf '([^']+)'; read -rs \1; \}; export \1/g;
const expansion = /\$\{(\w+):([?-])([^}]*)\}/g;

/** The variables in a block of commands that keep their value: `${X:?question}`, `${X:-default}`, and secrets that `read` asks for. */
export function findKeptVariables(block: string): KeptVariable[] {
  const secrets = [...block.matchAll(secret)].map(([, name, question]) => ({
    ...{ name: name!, question: question!, isAsked: true, isSecret: true },
  }));
  const others = [...block.replaceAll(secret, "").matchAll(expansion)].map(([, name, kind, words]) => ({
    ...{ name: name!, question: words!, isAsked: kind === "?", isSecret: false },
  }));
  return [...secrets, ...others];
}
