/** Where a text stops being JSON. */
export interface JsonSyntaxProblem {
  /** From 1. */
  readonly line: number;
  /** In UTF-16 units, from 1. */
  readonly column: number;
  readonly message: string;
}

type Expected = 'value' | 'value or ]' | 'property name' | 'property name or }' | ':' | ', or }' | ', or ]' | 'end';

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold control characters
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function startsValue(expected: Expected): boolean {
  return expected === 'value' || expected === 'value or ]';
}

/** What may follow inside of the innermost open bracket. */
function afterValue(open: readonly string[]): Expected {
  const innermost = open.at(-1);
  if (innermost === undefined) return 'end';
  return innermost === '{' ? ', or }' : ', or ]';
}

/** What is expected after this bracket, colon or comma; null when it may not stand here. */
function stepOver(token: string, expected: Expected, open: string[]): Expected | null {
  if ((token === '{' || token === '[') && startsValue(expected)) {
    open.push(token);
    return token === '{' ? 'property name or }' : 'value or ]';
  }
  if (token === ':' && expected === ':') return 'value';
  if (token === ',' && expected.startsWith(', or')) return open.at(-1) === '{' ? 'property name' : 'value';
  if ((token === '}' || token === ']') && expected.endsWith(`or ${token}`)) {
    open.pop();
    return afterValue(open);
  }
  return null;
}

function describe(text: string, at: number, expected: Expected): JsonSyntaxProblem {
  const before = text.slice(0, at);
  const found = at >= text.length ? 'the end' : JSON.stringify(text.charAt(at));
  return {
    line: before.split('\n').length,
    column: at - before.lastIndexOf('\n'),
    message: expected === 'end' ? `${found} after the end of the value` : `${found} where ${expected} was expected`,
  };
}

/** The length of the name or scalar value that may start here; 0 when there is none. */
function matchText(text: string, at: number, expected: Expected): number {
  const stringLength = matchAt(STRING, text, at);
  if (expected.startsWith('property name')) return stringLength;
  if (!startsValue(expected)) return 0;
  return stringLength > 0 ? stringLength : matchAt(SCALAR, text, at);
}

/**
 * Finds where a text that `JSON.parse` refused goes wrong, since its message does not always tell. Null when it is JSON.
 * Does not recurse, whatever the depth; takes time in proportion to the text. (Grammar: RFC 8259.)
 */
export function findJsonSyntaxProblem(text: string): JsonSyntaxProblem | null {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = matchAt(SPACE, text, 0);
  while (at < text.length) {
    const next = stepOver(text.charAt(at), expected, open);
    const length = next === null ? matchText(text, at, expected) : 1;
    if (length === 0) return describe(text, at, expected);
    expected = next ?? (expected.startsWith('property name') ? ':' : afterValue(open));
    at += length;
    at += matchAt(SPACE, text, at);
  }
  return expected === 'end' ? null : describe(text, at, expected);
}
