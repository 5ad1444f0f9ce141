/** Gives the shape of JSON: objects with the types of their values, and lists with the type of their elements. */
export function shapeOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `list of ${[...new Set(value.map((element) => typeof element))].join(' or ')}`;
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shapeOf(child)]));
}
