import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';

/** The part of a terminal that is drawn again and again in place. */
export interface LiveArea {
  /** Replaces what was drawn before. No line may be wider than the terminal. */
  draw(lines: readonly string[]): void;
}

/** Gives a live area at the cursor of a terminal; whatever is drawn last stays. */
export function createLiveArea(stream: NodeJS.WritableStream): LiveArea {
  let height = 0;
  return {
    draw(lines) {
      if (height > 0) {
        moveCursor(stream, 0, -height);
        cursorTo(stream, 0);
        clearScreenDown(stream);
      }
      stream.write(lines.map((line) => `${line}\n`).join(''));
      height = lines.length;
    },
  };
}
