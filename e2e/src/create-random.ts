/** Choices that are the same for the same seed. */
export interface Random {
  /** A number from 0 to 1, never 1. */
  next(): number;
  /** A number from `low` to `high`. */
  between(low: number, high: number): number;
  /** True in this part of all cases. */
  isLucky(probability: number): boolean;
  /** One of the list. @throws when it is empty */
  pick<Item>(list: readonly Item[]): Item;
}

/** Gives choices by a linear congruential generator, with the constants of ANSI C's `rand`. */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    isLucky: (probability) => next() < probability,
    pick<Item>(list: readonly Item[]): Item {
      const [item] = list.slice(Math.floor(next() * list.length));
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}
