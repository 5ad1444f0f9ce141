/** Version 00 has exactly these four fields; a later version may have more after them. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.{0,200})?$/;

/**
 * Gives a W3C `traceparent` header when it is valid, else null: by the standard, an invalid one counts as none.
 * Source: W3C Trace Context, section 3.2.
 */
export function parseTraceparent(header: string | undefined): string | null {
  const match = header === undefined ? null : TRACEPARENT.exec(header);
  if (match === null) return null;
  const [text, version, more] = match;
  if (more === undefined) return text;
  // What we hand on is of the version that we know.
  return version === '00' ? null : `00${text.slice(2, 55)}`;
}
