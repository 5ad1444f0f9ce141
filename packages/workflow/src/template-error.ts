/** One thing that is wrong with a template. */
export interface TemplateError {
  /** The file's name, when the reader was told one. */
  readonly file?: string;
  /** Line in the text, from 1; null for a template that did not come as text. */
  readonly line: number | null;
  /** Column in the line, from 1; null for a template that did not come as text. */
  readonly column: number | null;
  /** Where in the template, such as `steps[2].retry.max_attempts`; empty for the whole. */
  readonly path: string;
  /** What is wrong, and what is allowed. */
  readonly message: string;
  /** What was probably meant. */
  readonly hint?: string;
}
