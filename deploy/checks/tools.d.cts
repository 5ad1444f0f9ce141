/** Gives the path of a tool, or null; how it is got, and whether this machine could get it. */
export function findTool(name: string): { path: string | null; hint: string; obtainable: boolean };
/** Installs what is missing and can be got. Gives the names of what is still missing. */
export function installTools(): readonly string[];
