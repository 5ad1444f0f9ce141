import { distance } from 'fastest-levenshtein';
import { MAX_TEMPLATE_PROBLEMS } from './template-problem';

/** Candidates compared at most, so that a hint never costs more than the check. */
const MAX_CANDIDATES = 1_000;

/** Longer words are no typos, and comparing them would cost the product of their lengths. */
const MAX_LENGTH = 64;

/** The candidate that `word` was probably meant to be (up to a third of its letters differ), or null. */
export function findNearest(word: string, candidates: readonly string[]): string | null {
  if (word.length > MAX_LENGTH) return null;
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const edits = distance(word, candidate);
    if (edits < least) [nearest, least] = [candidate, edits];
  }
  return nearest;
}

/** A problem's hint, or none; ready to be spread into it. */
export type Hint = { readonly hint?: string };

/** The hint that names the nearest candidate. */
export function hintNearest(word: string, candidates: readonly string[]): Hint {
  const nearest = findNearest(word, candidates);
  return nearest === null ? {} : { hint: `did you mean '${nearest}'?` };
}

/** Gives hints for as many words as can be reported, and none after, so that thousands of wrong names stay cheap. */
export function createHinter(candidates: readonly string[]): (word: string) => Hint {
  let left = MAX_TEMPLATE_PROBLEMS;
  return (word) => {
    left -= 1;
    return left < 0 ? {} : hintNearest(word, candidates);
  };
}
