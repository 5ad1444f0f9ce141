export type { ConformanceCase, ConformanceSubject } from './conformance-case';
export {
  CONFORMANCE_CASES,
  type ProviderConformanceOptions,
  runProviderConformance,
  type TestApi,
} from './run-provider-conformance';
