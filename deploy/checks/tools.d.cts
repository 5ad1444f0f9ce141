/** Gives the path of a tool, or null; how it is got, and whether this machine could get it soon enough to expect it. */
export function findTool(name: string): { path: string | null; hint: string; obtainable: boolean };
/** Installs what is missing and can be got, what takes long only if `all`. Gives the names of what is still missing. */
export function installTools(options?: { all?: boolean }): readonly string[];
