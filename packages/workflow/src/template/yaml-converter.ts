import { type Alias, isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import type { JsonPath } from '../json-path';

/** A problem at a character of the text. */
export interface YamlProblem {
  readonly offset: number;
  readonly message: string;
}

type Node = ParsedNode | null;

interface Place {
  readonly node: Node;
  readonly key: Node;
}

const MAX_ALIASES = 100;
/** Deeper texts are refused; blocks can nest 700 levels deep in 256 KiB by indentation. */
const MAX_LEVELS = 64;

/** Turns a parsed YAML document into plain values, and remembers where each stood. One instance per document. */
export class YamlConverter {
  readonly problems: YamlProblem[] = [];
  private readonly anchors = new Map<string, { readonly node: Node; readonly value: unknown }>();
  private readonly targets = new Map<Alias, Node>();

  /** The plain value of `node`, to be used only when `problems` stays empty. Aliases share the value of their anchor. */
  convert(node: Node, level = 0): unknown {
    if (node === null) return null;
    if (isAlias(node)) return this.resolve(node);
    if (level > MAX_LEVELS) return this.refuse(node, `nested deeper than ${MAX_LEVELS} levels`);
    const value = this.convertContent(node, level);
    // Only now, so that an alias inside its own anchor finds nothing.
    if (node.anchor !== undefined) this.anchors.set(node.anchor, { node, value });
    return value;
  }

  /** The character where a value, or the key that holds it, begins; that of the nearest container when it is missing. */
  findOffset(root: Node, path: JsonPath, at: 'key' | 'value'): number {
    let place: Place = { node: root, key: null };
    for (const part of path) {
      const inner = this.descend(place.node, part);
      if (inner === null) break;
      place = inner;
    }
    const { node, key } = place;
    return offsetOf(at === 'key' ? (key ?? node) : (node ?? key));
  }

  private descend(node: Node, part: string | number): Place | null {
    const container = isAlias(node) ? this.targets.get(node) : node;
    if (isSeq(container)) {
      const item = container.items[Number(part)] as Node | undefined;
      return item === undefined ? null : { node: item, key: null };
    }
    const pair = isMap(container) ? findPair(container, String(part)) : undefined;
    return pair === undefined ? null : { node: pair.value as Node, key: pair.key as Node };
  }

  private convertContent(node: Exclude<Node, null | Alias>, level: number): unknown {
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item) => this.convert(item as Node, level + 1));
    return this.convertMap(node as YAMLMap.Parsed, level);
  }

  private convertMap(map: YAMLMap.Parsed, level: number): Record<string, unknown> {
    const members = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = keyText(key);
      if (name === null) this.refuse(key, 'a key must be plain text');
      else if (members.has(name)) this.refuse(key, `the key '${name}' is given twice`);
      else members.set(name, this.convert(value, level + 1));
    }
    // fromEntries defines `__proto__` as an ordinary own key, which the check of the values then refuses.
    return Object.fromEntries(members);
  }

  private resolve(alias: Alias.Parsed): unknown {
    const anchored = this.anchors.get(alias.source);
    if (anchored === undefined) return this.refuse(alias, `the alias '*${alias.source}' has no anchor before it`);
    if (this.targets.size >= MAX_ALIASES) return this.refuse(alias, `more than ${MAX_ALIASES} aliases`);
    this.targets.set(alias, anchored.node);
    return anchored.value;
  }

  private refuse(node: Node, message: string): null {
    this.problems.push({ offset: offsetOf(node), message });
    return null;
  }
}

function offsetOf(node: Node): number {
  return node?.range[0] ?? 0;
}

function findPair(map: YAMLMap, name: string): { key: unknown; value: unknown } | undefined {
  return map.items.find(({ key }) => keyText(key) === name);
}

/** Keys such as `1` or `true` mean their text. */
function keyText(key: unknown): string | null {
  if (!isScalar(key)) return null;
  const { value, source } = key as Scalar.Parsed;
  return typeof value === 'string' ? value : source;
}
