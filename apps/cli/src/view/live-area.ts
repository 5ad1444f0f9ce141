import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';

/** The part of a terminal that is drawn again and again in place. */
export interface LiveArea {
  /** Replaces what was drawn before. No line may be wider than the terminal; what is too high for it is left out. */
  draw(lines: readonly string[]): void;
}

/** A terminal, as far as drawing needs it. */
export type LiveStream = NodeJS.WritableStream & { readonly rows?: number };

const DEFAULT_ROWS = 24;

function crop(lines: readonly string[], height: number): readonly string[] {
  if (lines.length <= height) return lines;
  return [...lines.slice(0, height - 1), `  … and ${lines.length - height + 1} more`];
}

/** Gives a live area at the cursor of a terminal; whatever is drawn last stays. */
export function createLiveArea(stream: LiveStream): LiveArea {
  let height = 0;
  return {
    draw(lines) {
      const shown = crop(lines, Math.max(2, (stream.rows ?? DEFAULT_ROWS) - 1));
      if (height > 0) {
        moveCursor(stream, 0, -height);
        cursorTo(stream, 0);
        clearScreenDown(stream);
      }
      stream.write(shown.map((line) => `${line}\n`).join(''));
      height = shown.length;
    },
  };
}
