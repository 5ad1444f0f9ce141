import {
  type Copy,
  DockerfileParser,
  type Instruction,
  type JSONInstruction,
  type PropertyInstruction,
} from 'dockerfile-ast';

/** Files that an image has from elsewhere. */
export interface ImageCopy {
  /** The stage they come from; null: from the build's context. */
  readonly from: string | null;
  readonly source: string;
  /** An absolute path in the image. */
  readonly destination: string;
}

/** What an image holds, and how it runs, its parent stages included. */
export interface ImageRecipe {
  readonly copies: readonly ImageCopy[];
  readonly environment: Readonly<Record<string, string>>;
  /** Null: root. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly ports: readonly number[];
}

const EMPTY: ImageRecipe = {
  copies: [],
  environment: {},
  user: null,
  workdir: '/',
  entrypoint: [],
  command: [],
  ports: [],
};

/** The instructions of each named stage; its FROM is the first. */
function splitStages(text: string): ReadonlyMap<string, readonly Instruction[]> {
  const stages = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      const [, , name = ''] = wordsOf(instruction);
      current = [];
      stages.set(name, current);
    }
    current.push(instruction);
  }
  return stages;
}

const wordsOf = (instruction: Instruction) => instruction.getArguments().map((argument) => argument.getValue());

function listOf(instruction: Instruction): readonly string[] {
  return (instruction as JSONInstruction).getJSONStrings().map((text) => text.getJSONValue());
}

function readCopy(instruction: Copy, workdir: string): ImageCopy {
  const from =
    instruction
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue() ?? null;
  const [source = '', destination = ''] = wordsOf(instruction);
  return { from, source, destination: new URL(destination, `file://${workdir}/`).pathname.replace(/\/$/, '') };
}

function readUser(text = ''): ImageRecipe['user'] {
  const [uid = Number.NaN, gid = Number.NaN] = text.split(':').map(Number);
  if (!Number.isInteger(uid) || !Number.isInteger(gid)) throw new Error(`USER ${text} is not uid:gid`);
  return { uid, gid };
}

function readEnvironment(instruction: Instruction): Readonly<Record<string, string>> {
  const properties = (instruction as PropertyInstruction).getProperties();
  return Object.fromEntries(properties.map((property) => [property.getName(), property.getValue() ?? '']));
}

function apply(recipe: ImageRecipe, instruction: Instruction): ImageRecipe {
  const words = wordsOf(instruction);
  switch (instruction.getKeyword()) {
    case 'COPY':
      return { ...recipe, copies: [...recipe.copies, readCopy(instruction as Copy, recipe.workdir)] };
    case 'ENV':
      return { ...recipe, environment: { ...recipe.environment, ...readEnvironment(instruction) } };
    case 'USER':
      return { ...recipe, user: readUser(words[0]) };
    case 'WORKDIR':
      return { ...recipe, workdir: words[0] ?? '/' };
    case 'ENTRYPOINT':
      return { ...recipe, entrypoint: listOf(instruction), command: [] };
    case 'CMD':
      return { ...recipe, command: listOf(instruction) };
    case 'EXPOSE':
      return { ...recipe, ports: [...recipe.ports, ...words.map(Number)] };
    default:
      return recipe;
  }
}

/** Gives what the stage `target` makes. @throws {Error} when there is no such stage */
export function readRecipe(text: string, target: string): ImageRecipe {
  const stages = splitStages(text);
  const follow = (name: string): ImageRecipe => {
    const stage = stages.get(name);
    // What is not a stage is an image of others.
    if (stage === undefined) return EMPTY;
    const [from] = stage;
    const [parent = ''] = from === undefined ? [] : wordsOf(from);
    return stage.reduce(apply, follow(parent));
  };
  if (!stages.has(target)) throw new Error(`the Dockerfile has no stage ${target}`);
  return follow(target);
}

/** Gives the commands that a stage itself runs, for a shell. */
export function readCommands(text: string, stage: string): readonly string[] {
  const instructions = splitStages(text).get(stage) ?? [];
  return instructions
    .filter((instruction) => instruction.getKeyword() === 'RUN')
    .map((instruction) => instruction.getRawArgumentsContent() ?? '');
}
