import { closest, distance } from 'fastest-levenshtein';

/** Longer words are no typos. */
const MAX_LENGTH = 64;

/** The candidate that `word` was probably meant to be (a third of its letters differ at most), or null. */
export function findNearestWord(word: string, candidates: readonly string[]): string | null {
  if (candidates.length === 0 || word.length > MAX_LENGTH) return null;
  const lower = word.toLowerCase();
  const exact = candidates.find((candidate) => candidate.toLowerCase() === lower);
  if (exact !== undefined) return exact;
  const nearest = closest(word, [...candidates]);
  return distance(word, nearest) <= Math.max(2, Math.floor(word.length / 3)) ? nearest : null;
}

/** The known dotted key that was probably meant: of the same table, else of the same name elsewhere, else the nearest of all. */
export function findNearestKey(path: readonly string[], known: readonly string[]): string | null {
  const table = path
    .slice(0, -1)
    .map((name) => `${name}.`)
    .join('');
  const name = path.at(-1) ?? '';
  const siblings = known
    .filter((key) => key.startsWith(table))
    .map((key) => key.slice(table.length).split('.')[0] ?? '');
  const sibling = findNearestWord(name, [...new Set(siblings)]);
  if (sibling !== null) return `${table}${sibling}`;
  return known.find((key) => key.split('.').at(-1) === name) ?? findNearestWord(path.join('.'), known);
}
