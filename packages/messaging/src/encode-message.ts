import { InvalidMessageError } from './errors';

/**
 * Gives the JSON text of a message.
 *
 * @throws {InvalidMessageError} for what JSON cannot hold: undefined, functions, bigints, circles.
 */
export function encodeMessage(queue: string, message: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    throw new InvalidMessageError(queue, 'it is not JSON', { cause: error });
  }
  if (text === undefined) throw new InvalidMessageError(queue, 'it is not JSON');
  return text;
}
