export { createMigratedDatabase, type MigratedDatabase } from './create-migrated-database';
export { FleetMember, type FleetMemberOptions, type ProcessEnd } from './fleet-member';
export { type Fleet, type FleetOptions, type MemberKind, startFleet } from './start-fleet';
export { takeFreePort } from './take-free-port';
export { type UntilOptions, until } from './until';
