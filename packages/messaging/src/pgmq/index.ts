export { detectPgmq, installPgmq, PgmqIncompleteError, type PgmqPresence, type SqlClient } from './install-pgmq';
