/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where the value comes from: a file, a variable, the command line. */
  readonly source: string;
  /** Dotted key; empty when the source itself is the problem. */
  readonly key: string;
  /** The value as JSON, `[redacted]` for a secret; left out where it says nothing or may be a secret under a wrong name. */
  readonly value?: string;
  /** What is wrong, or what is allowed. */
  readonly message: string;
  /** The known key or value that was probably meant. */
  readonly nearest?: string;
}

/** Gives a problem as one line: source, key, value, what is wrong, and what was probably meant. */
export function describeProblem({ source, key, value, message, nearest }: ConfigProblem): string {
  const place = [source, value === undefined ? key : `${key} = ${value}`].filter((part) => part !== '').join(': ');
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `${place}: ${message}${hint}`;
}
