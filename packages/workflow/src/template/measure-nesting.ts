import { CST, Lexer } from 'yaml';

const OPENING: ReadonlySet<string | null> = new Set(['flow-map-start', 'flow-seq-start']);
const CLOSING: ReadonlySet<string | null> = new Set(['flow-map-end', 'flow-seq-end']);
const IN_LINE: ReadonlySet<string | null> = new Set(['seq-item-ind', 'explicit-key-ind', 'map-value-ind']);

/**
 * True when brackets, or the indicators of one line (`- - - a`), nest deeper than `maxLevels`. A YAML parser
 * recurses into them:
 * 256 KiB of brackets keep it busy for a second and overflow its stack. Nesting by indentation is bounded by the
 * text's size (700 levels in 256 KiB) and not counted.
 */
export function isNestedDeeper(text: string, maxLevels: number): boolean {
  let brackets = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (OPENING.has(type)) brackets += 1;
    else if (CLOSING.has(type)) brackets -= 1;
    else if (type === 'newline') inLine = 0;
    else if (IN_LINE.has(type) && brackets === 0) inLine += 1;
    if (brackets > maxLevels || inLine > maxLevels) return true;
  }
  return false;
}
