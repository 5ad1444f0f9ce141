import type { RegExpEngine, RegExpLike } from 'ajv/dist/types';
import { RE2JS } from 're2js';

/** Longer patterns are refused. */
const MAX_PATTERN_LENGTH = 1_000;

/**
 * A regular expression whose search takes time linear in the text, so that no pattern of a template can stop the
 * process.
 * Back-references and look-around have no such engine and are refused.
 * Source: RE2 (Cox, "Regular Expression Matching in the Wild").
 * @throws {Error} when the pattern is too long or cannot be matched in linear time.
 */
function compilePattern(pattern: string): RegExpLike {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new Error(`pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  // ajv keeps compiled patterns by what toString gives: without it, all would be the first one.
  const expression = { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
  return expression;
}

/** The engine that ajv matches `pattern` and `patternProperties` with. `code` is needed for standalone code only. */
export const LINEAR_REG_EXP: RegExpEngine = Object.assign(compilePattern, { code: 'linearRegExp' });
