import { flag, section, text } from '@tasker/config';
import { BIND_ADDRESS } from './forms';

/** The HTTP server of a process. */
export function webSchema(port: number) {
  return section('The HTTP server: API, health and metrics.', {
    bind_address: text('Where it listens; port 0 takes a free one.', { default: `0.0.0.0:${port}`, ...BIND_ADDRESS }),
  });
}

/** The gRPC server of a process. */
export function grpcSchema(port: number) {
  return section('The gRPC server.', {
    enabled: flag('Whether there is one.', true),
    bind_address: text('Where it listens; port 0 takes a free one.', { default: `0.0.0.0:${port}`, ...BIND_ADDRESS }),
    enable_reflection: flag('Whether clients such as grpcurl may ask which services there are.', true),
    enable_health_service: flag('Whether grpc.health.v1.Health answers, for probes.', true),
  });
}
