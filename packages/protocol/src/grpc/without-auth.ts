import type { SafeAuthConfig } from '../generated/tasker/v1/config';

/** What the contract has about authentication, where there is none. */
export const WITHOUT_AUTH: SafeAuthConfig = {
  enabled: false,
  verification_method: '',
  jwt_issuer: '',
  jwt_audience: '',
  api_key_header: '',
  api_key_count: 0,
  strict_validation: false,
  allowed_algorithms: [],
};
