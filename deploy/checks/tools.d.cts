/** Gives the path of a tool, or null; how it is got; and whether this machine must have been able to get it. */
export function findTool(name: string): { path: string | null; hint: string; obtainable: boolean };
/** Installs what is missing and can be got. What is still missing then is told by the checks that want it. */
export function installTools(): void;
