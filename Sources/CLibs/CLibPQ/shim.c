#include "CLibPQ.h"

static void drop(void *argument, const PGresult *result) {
    (void)argument;
    (void)result;
}

void flotilla_pg_drop_notices(PGconn *connection) { PQsetNoticeReceiver(connection, drop, NULL); }
