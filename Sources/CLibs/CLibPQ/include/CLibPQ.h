// libpq 15, passed through: its pointer API imports cleanly. Only the non-blocking calls are used from Swift,
// and PQcancel on a thread that may block.
#ifndef FLOTILLA_CLIBPQ_H
#define FLOTILLA_CLIBPQ_H

#include <postgresql/libpq-fe.h>
#include <postgresql/postgres_ext.h>

#ifndef LIBPQ_HAS_PIPELINING
#error "this driver lives in libpq's pipeline mode (14 and newer)"
#endif

static inline const char *flotilla_pg_sql_state(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_SQLSTATE); }
static inline const char *flotilla_pg_message(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY); }
static inline const char *flotilla_pg_detail(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL); }
static inline const char *flotilla_pg_constraint(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME); }

/// Drops notices, which the library would otherwise print.
void flotilla_pg_drop_notices(PGconn *connection);

#endif
