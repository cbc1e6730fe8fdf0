import Domain
import Logging
import RecordAdapter

/// Records that are kept in PostgreSQL alone.
extension Bench {
    var database: RecordDatabase { RecordDatabase(pool: pool, log: Logger(label: "record-tests")) }
    var audit: any AuditRecord { PostgresAuditRecord(database: database) }
}
