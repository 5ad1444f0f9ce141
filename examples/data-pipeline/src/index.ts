export { aggregateDelays, type Finding, type Findings } from './aggregate-delays';
export { type Extract, ExtractFlights } from './extract-flights';
export { GroupDelays, type Grouping } from './group-delays';
export { type DelayGroup, findExtremes, groupFlights } from './group-flights';
export { writeReport } from './write-report';
