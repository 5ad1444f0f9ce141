import { join } from 'node:path';

/** The file with the descriptors of all services (a `google.protobuf.FileDescriptorSet`), for reflection. */
export const DESCRIPTORS_PATH: string = join(__dirname, '..', '..', 'descriptors.binpb');
