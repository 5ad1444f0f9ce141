/** What each key's schema says besides its type. */
interface KeyFacts<Value> {
  /** What the key does, in one sentence, with its unit. */
  readonly description: string;
  readonly default: Value;
}

/** A whole number within bounds. */
export interface IntegerKey extends KeyFacts<number> {
  readonly type: 'integer';
  readonly minimum: number;
  readonly maximum: number;
}

/** A number within bounds. */
export interface NumberKey extends KeyFacts<number> {
  readonly type: 'number';
  readonly minimum: number;
  readonly maximum: number;
}

/** `true` or `false`. */
export interface BooleanKey extends KeyFacts<boolean> {
  readonly type: 'boolean';
}

/** Text, possibly of a form. */
export interface TextKey extends KeyFacts<string> {
  readonly type: 'string';
  readonly pattern?: string;
  /** The form in words, such as `host:port`; goes with `pattern`. */
  readonly 'x-form'?: string;
  /** Never shown. */
  readonly 'x-secret'?: boolean;
}

/** One of a few words. */
export interface ChoiceKey<Choice extends string = string> {
  readonly type: 'string';
  readonly enum: readonly Choice[];
  readonly description: string;
  readonly default?: Choice;
  /** The key whose value this one takes when nothing gives it one; stands in for `default`. */
  readonly 'x-default-from'?: string;
}

/** A list of texts, possibly of a form. */
export interface ListKey extends KeyFacts<readonly string[]> {
  readonly type: 'array';
  readonly items: { readonly type: 'string'; readonly pattern?: string; readonly 'x-form'?: string };
}

/** The JSON schema of one key. */
export type KeySchema = IntegerKey | NumberKey | BooleanKey | TextKey | ChoiceKey | ListKey;

/** The JSON schema of a table of keys. */
export interface SectionSchema<Properties = { readonly [name: string]: NodeSchema }> {
  readonly type: 'object';
  readonly description: string;
  readonly additionalProperties: false;
  readonly properties: Properties;
}

/** A key, or a table of keys. */
export type NodeSchema = KeySchema | SectionSchema;

/** The type of the values that a schema allows, every default filled in. */
export type ValuesOf<Schema> = Schema extends { readonly properties: infer Properties }
  ? { readonly [Key in keyof Properties]: ValuesOf<Properties[Key]> }
  : Schema extends { readonly enum: readonly (infer Choice)[] }
    ? Choice
    : Schema extends { readonly type: 'integer' | 'number' }
      ? number
      : Schema extends { readonly type: 'boolean' }
        ? boolean
        : Schema extends { readonly type: 'array' }
          ? readonly string[]
          : string;

type Facts<Key extends KeySchema> = Omit<Key, 'type' | 'description'>;

/** Gives a table of keys; unknown ones are refused. */
export function section<Properties>(description: string, properties: Properties): SectionSchema<Properties> {
  return { type: 'object', description, additionalProperties: false, properties };
}

/** Gives a whole number's schema. */
export function integer(description: string, facts: Facts<IntegerKey>): IntegerKey {
  return { type: 'integer', description, ...facts };
}

/** Gives a number's schema. */
export function number(description: string, facts: Facts<NumberKey>): NumberKey {
  return { type: 'number', description, ...facts };
}

/** Gives a switch's schema. */
export function flag(description: string, byDefault: boolean): BooleanKey {
  return { type: 'boolean', description, default: byDefault };
}

/** Gives a text's schema. */
export function text(description: string, facts: Facts<TextKey>): TextKey {
  return { type: 'string', description, ...facts };
}

/** Gives the schema of one of a few words. */
export function choice<const Choice extends string>(
  description: string,
  facts: Facts<ChoiceKey<Choice>>,
): ChoiceKey<Choice> {
  return { type: 'string', description, ...facts };
}

/** Gives a list's schema. */
export function list(
  description: string,
  facts: Omit<ListKey['items'], 'type'> & { readonly default: readonly string[] },
): ListKey {
  const { default: byDefault, ...items } = facts;
  return { type: 'array', description, items: { type: 'string', ...items }, default: byDefault };
}

/** What a key allows, in words: `a whole number from 1 to 10`, `one of a, b`. */
export function describeAllowed(schema: KeySchema): string {
  switch (schema.type) {
    case 'integer':
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case 'number':
      return `a number from ${schema.minimum} to ${schema.maximum}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${schema.items['x-form'] ?? 'texts'}`;
    case 'string':
      if ('enum' in schema) return `one of ${schema.enum.join(', ')}`;
      return schema['x-form'] ?? 'text';
  }
}
