/** The codes of every error that this package throws; test these, not the classes, across package borders. */
export type MessagingErrorCode =
  | 'INVALID_QUEUE_NAME'
  | 'INVALID_MESSAGE'
  | 'INVALID_OPTIONS'
  | 'QUEUE_NOT_FOUND'
  | 'LEASE_LOST'
  | 'PROVIDER_STOPPED'
  | 'DRIVER_MISSING'
  | 'LISTEN_UNAVAILABLE'
  | 'BROKER_UNAVAILABLE'
  | 'CONFIRM_TIMEOUT'
  | 'PUBLISH_REFUSED'
  | 'UNROUTABLE'
  | 'QUEUE_DRIFT';

/** The base of the errors of this package. */
export class MessagingError extends Error {
  constructor(
    /** Stable; see {@link MessagingErrorCode}. */
    readonly code: MessagingErrorCode,
    message: string,
    /** Whether the same call may succeed later without a change. */
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The queue name is not of the allowed form; nothing was sent to the broker. */
export class InvalidQueueNameError extends MessagingError {
  constructor(value: unknown) {
    const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : `a ${typeof value}`;
    super('INVALID_QUEUE_NAME', `invalid queue name ${shown}: use 1 to 47 of a-z, 0-9 and _, no digit first`, false);
  }
}

/** The message is not representable as JSON, or the broker cannot store it. */
export class InvalidMessageError extends MessagingError {
  constructor(queue: string, problem: string, options?: ErrorOptions) {
    super('INVALID_MESSAGE', `message for queue ${queue} cannot be sent: ${problem}`, false, options);
  }
}

/** An option is outside its bounds. */
export class InvalidOptionsError extends MessagingError {
  constructor(problem: string) {
    super('INVALID_OPTIONS', problem, false);
  }
}

/** No queue of that name exists. */
export class QueueNotFoundError extends MessagingError {
  constructor(queue: string, options?: ErrorOptions) {
    super('QUEUE_NOT_FOUND', `queue ${queue} does not exist: create it by ensureQueues`, false, options);
  }
}

/** The reason of a handler's abort signal when its message is no longer its own. */
export class LeaseLostError extends MessagingError {
  constructor(queue: string, messageId: string) {
    super('LEASE_LOST', `the lease of message ${messageId} of queue ${queue} was lost: stop working on it`, true);
  }
}

/** The provider or subscription is stopped; also the reason of a handler's signal when the stop deadline passed. */
export class ProviderStoppedError extends MessagingError {
  constructor(what: string) {
    super('PROVIDER_STOPPED', `${what} is stopped`, false);
  }
}

/** An optional driver package is not installed. */
export class DriverMissingError extends MessagingError {
  constructor(driver: string, options?: ErrorOptions) {
    super('DRIVER_MISSING', `the package "${driver}" is needed here: npm install ${driver}`, false, options);
  }
}

/** LISTEN does not work over this connection. */
export class ListenUnavailableError extends MessagingError {
  constructor(problem: string, options?: ErrorOptions) {
    super('LISTEN_UNAVAILABLE', problem, true, options);
  }
}

/** The broker is not connected, or takes nothing at the moment; nothing was sent. */
export class BrokerUnavailableError extends MessagingError {
  constructor(problem: string, options?: ErrorOptions) {
    super('BROKER_UNAVAILABLE', `the broker is not available: ${problem}`, true, options);
  }
}

/** The broker did not confirm in time; whether it has the messages is not known. */
export class ConfirmTimeoutError extends MessagingError {
  constructor(queue: string, timeoutMs: number, problem: string) {
    const message = `messages for queue ${queue} were not confirmed within ${timeoutMs} ms: ${problem}; they may have been stored`;
    super('CONFIRM_TIMEOUT', message, true);
  }
}

/** The broker refused a message, as a full queue does; the others of its batch may have been stored. */
export class PublishRefusedError extends MessagingError {
  constructor(queue: string) {
    super('PUBLISH_REFUSED', `the broker refused messages for queue ${queue}: is it full?`, true);
  }
}

/** The broker returned a message, since no queue takes it. */
export class UnroutableError extends MessagingError {
  constructor(queue: string, options?: ErrorOptions) {
    super('UNROUTABLE', `messages for queue ${queue} came back: the broker has no such queue`, true, options);
  }
}

/** The queue exists with other arguments than this version declares; it was left as it is. */
export class QueueDriftError extends MessagingError {
  constructor(queue: string, problem: string, options?: ErrorOptions) {
    super(
      'QUEUE_DRIFT',
      `queue ${queue} exists with other arguments (${problem}): drain it, then delete it`,
      false,
      options,
    );
  }
}
