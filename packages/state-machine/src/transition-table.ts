/** One permitted move of a state machine. */
export interface Transition<S extends string, E extends string> {
  readonly from: S;
  readonly event: E;
  readonly to: S;
}

/** Per state, the events it accepts and the targets each may lead to (more than one where the caller decides). */
export type TransitionRules<S extends string, E extends string> = Readonly<
  Record<S, Readonly<Partial<Record<E, readonly S[]>>>>
>;

/** A state machine's moves, looked up by state and event. */
export interface TransitionTable<S extends string, E extends string> {
  /** Every move once, ordered by `from`, then by event as the rules list them. */
  readonly transitions: readonly Transition<S, E>[];
  /** Where `event` may lead from `from`; empty when it is refused. */
  targets(from: S, event: E): readonly S[];
}

const NOWHERE: readonly never[] = [];

/** Builds the table of `rules` plus `everywhere`, whose events every state of `nonTerminal` accepts as well. */
export function buildTransitionTable<S extends string, E extends string>(
  rules: TransitionRules<S, E>,
  nonTerminal: readonly S[],
  everywhere: Readonly<Partial<Record<E, readonly S[]>>>,
): TransitionTable<S, E> {
  const transitions: Transition<S, E>[] = [];
  const targetsByMove = new Map<string, readonly S[]>();
  for (const from of Object.keys(rules) as S[]) {
    const accepted = nonTerminal.includes(from) ? { ...rules[from], ...everywhere } : rules[from];
    for (const [event, targets] of Object.entries(accepted) as [E, readonly S[]][]) {
      targetsByMove.set(`${from} ${event}`, targets);
      transitions.push(...targets.map((to) => ({ from, event, to })));
    }
  }
  return { transitions, targets: (from, event) => targetsByMove.get(`${from} ${event}`) ?? NOWHERE };
}
