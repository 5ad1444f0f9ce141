import { readFileSync } from 'node:fs';
import type { Server } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { DESCRIPTORS_PATH } from '@tasker/protocol/grpc';
import { protoPath as healthProtoPath } from 'grpc-health-check';

/** Adds server reflection for services by their full names, so that tools need no `.proto` files. */
export function reflectServices(server: Server, serviceNames: readonly string[]): void {
  const ours = loadFileDescriptorSetFromBuffer(readFileSync(DESCRIPTORS_PATH));
  const known = { ...ours, ...loadSync(healthProtoPath) };
  new ReflectionService(known, { services: [...serviceNames] }).addToServer(server);
}
