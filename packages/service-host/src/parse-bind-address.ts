/**
 * Parses `host:port`, `[ipv6]:port` or `:port`, which means all interfaces.
 *
 * @throws {TypeError} when it is none of these or the port is above 65535.
 */
export function parseBindAddress(bind: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(bind);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new TypeError(`invalid bind address ${JSON.stringify(bind)}: write host:port, such as 127.0.0.1:8080`);
  }
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}
