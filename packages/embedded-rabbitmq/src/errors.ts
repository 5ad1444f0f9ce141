/** There is no broker to be had on this machine; the message says what would help. */
export class RabbitMqUnavailableError extends Error {
  override readonly name = 'RabbitMqUnavailableError';
}

/** A node did not start; the message holds the end of its log. */
export class RabbitMqStartError extends Error {
  override readonly name = 'RabbitMqStartError';
}
