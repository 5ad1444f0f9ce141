import { type Document, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { JsonPath } from '../json-path';
import type { TemplateError } from '../template-error';
import { isNestedDeeper } from './measure-nesting';
import { MAX_TEMPLATE_PROBLEMS } from './template-problem';
import { YamlConverter, type YamlProblem } from './yaml-converter';

/** Line and column in a text, both from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Finds where a value, or the key that holds it, stands in the text; the nearest container when it is not there. */
export type LocateInText = (path: JsonPath, at: 'key' | 'value') => TextPosition;

/** The plain value of a YAML text, or what is wrong with the text. */
export type YamlReading =
  | { readonly ok: true; readonly value: unknown; readonly locate: LocateInText }
  | { readonly ok: false; readonly errors: readonly TemplateError[] };

const MAX_TEXT_BYTES = 262_144;
const MAX_NESTING = 64;

/**
 * Reads one YAML 1.2 document (core schema, 256 KiB at most). Tags of other schemas, several documents, keys that are
 * no scalars and keys given twice are errors; `<<` is no merge key. Aliases share the value of their anchor, so the
 * value must be measured before it is copied or spelled out.
 */
export function readYaml(text: string): YamlReading {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) return refuse(`the text is larger than ${MAX_TEXT_BYTES} bytes`);
  if (isNestedDeeper(text, MAX_NESTING)) return refuse(`the text is nested deeper than ${MAX_NESTING} levels`);
  const lines = new LineCounter();
  const document = parse(text, lines);
  const errors = [...document.errors, ...document.warnings].map(({ message, pos }) => ({ message, offset: pos[0] }));
  if (errors.length > 0) return { ok: false, errors: locateAll(errors, lines) };
  const converter = new YamlConverter();
  const value = converter.convert(document.contents);
  if (converter.problems.length > 0) return { ok: false, errors: locateAll(converter.problems, lines) };
  return {
    ok: true,
    value,
    locate: (path, at) => positionOf(lines, converter.findOffset(document.contents, path, at)),
  };
}

/** The library's own check of unique keys is quadratic (5 s for 20,000 keys): the converter does it instead. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed<ParsedNode> {
  const options = { merge: false, prettyErrors: false, schema: 'core', uniqueKeys: false, version: '1.2' } as const;
  return parseDocument(text, { ...options, lineCounter });
}

function refuse(message: string): YamlReading {
  return { ok: false, errors: [{ line: 1, column: 1, path: '', message }] };
}

function locateAll(problems: readonly YamlProblem[], lines: LineCounter): readonly TemplateError[] {
  const reported = problems.slice(0, MAX_TEMPLATE_PROBLEMS);
  return reported.map(({ message, offset }) => ({ ...positionOf(lines, offset), path: '', message }));
}

function positionOf(lines: LineCounter, offset: number): TextPosition {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
