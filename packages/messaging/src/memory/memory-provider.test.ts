import { runProviderConformance } from '../conformance';
import { MemoryProvider } from './memory-provider';

runProviderConformance({ name: 'memory', create: () => new MemoryProvider(), api: { describe, test } });
