import { Converter } from 'typedoc';

/** Keeps the errors that `@throws {Error}` names: TypeDoc preserves them, and the Markdown plugin does not write them. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const { comment } of Object.values(project.reflections)) {
      for (const tag of comment?.blockTags ?? []) {
        if (tag.typeAnnotation === undefined) continue;
        const errors = tag.typeAnnotation.slice(1, -1).split('|');
        const named = errors.map((error) => `\`${error.trim()}\``).join(' or ');
        tag.content.unshift({ kind: 'text', text: `${named} ` });
      }
    }
  });
}
