import { refuseUnfit } from '@tasker/service-host';
import { DEFAULT_JSON_LIMITS } from '@tasker/workflow';

/** Gives the value back, or refuses it when it is too deep, has too many keys, or cannot be stored; as over HTTP. */
export function requireFit<Value>(value: Value): Value {
  refuseUnfit(value, DEFAULT_JSON_LIMITS, 'the request');
  return value;
}
