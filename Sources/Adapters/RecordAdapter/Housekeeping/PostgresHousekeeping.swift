package import Domain
import Postgres

/// Days of ended tasks, and whatever else would grow, in PostgreSQL.
package struct PostgresHousekeeping: Housekeeping {
    /// Parts of results whose outcome never came, and workers nobody has heard of.
    private static let leftoversAfter: Duration = .seconds(7 * 86_400)

    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    package func prepareDays(ahead: Int, now: Timestamp) async throws(RecordError) {
        _ = try await database.write(
            "make room for the coming days",
            "select make_done_day(($1::timestamptz at time zone 'UTC')::date + step) from generate_series(-1, $2::int4) as step",
            [.time(now), .int32(Int32(clamping: ahead))]
        )
    }

    package func sweep(_ keep: Retention, batch: Int, now: Timestamp) async throws(RecordError) -> Swept {
        var swept = Swept()
        swept.days = try await dropDays(of: ["tasks_done", "attempts_done"], before: keep.daysMax, now: now)
        swept.days += try await dropDays(of: ["readings"], before: keep.readingDays, now: now)
        for (state, days) in keep.days.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where state.isTerminal && days < keep.daysMax {
            let count = try await delete(state, olderThan: .seconds(days * 86_400), batch: batch, now: now)
            swept.tasks += count
            if count == batch { swept.isFull = true }
        }
        let rest = try await deleteRest(olderThan: .seconds(keep.daysMax * 86_400), batch: batch, now: now)
        swept.tasks += rest
        swept.uniqueKeys = try await leftovers(batch: batch, now: now)
        swept.auditEntries = try await deleteAudit(olderThan: .seconds(keep.auditDays * 86_400), batch: batch, now: now)
        swept.onuEvents = try await deleteEvents(olderThan: .seconds(keep.readingDays * 86_400), batch: batch, now: now)
        if [rest, swept.uniqueKeys, swept.auditEntries, swept.onuEvents].contains(batch) { swept.isFull = true }
        return swept
    }

    package func demand(limit: Int) async throws(RecordError) -> [Demand] {
        try await database.read("count what is asked of workers") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select kind, class, count(*)
                from (select kind, class from tasks where due_at <= now() limit $1) as t
                group by kind, class
                order by kind, class
                """,
                [.int64(Int64(limit))]
            )
            return try found.rows.read { row throws(PostgresError) in
                let kind = try row.text()
                return Demand(kind: kind, taskClass: try row.code(), count: try row.whole())
            }
        }
    }

    /// Whole days at once: nothing is scanned, nothing is left behind for the vacuum.
    private func dropDays(of tables: [String], before days: Int, now: Timestamp) async throws(RecordError) -> [String] {
        try await database.write("drop days that are over") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select c.relname::text
                from pg_inherits i
                join pg_class c on c.oid = i.inhrelid
                where i.inhparent = any($3::text[]::regclass[])
                    and substring(c.relname from '_([0-9]{8})$') < to_char(($1::timestamptz at time zone 'UTC')::date - $2::int4, 'YYYYMMDD')
                order by 1
                """,
                [.time(now), .int32(Int32(clamping: days)), .texts(tables)]
            )
            let names = try found.rows.read { row throws(PostgresError) in try row.text() }
            if !names.isEmpty {
                // A reader that holds the parent for long must not hold everybody behind us.
                _ = try await connection.query("set local lock_timeout = '2s'")
                for name in names { _ = try await connection.query("drop table \"\(name)\"") }
            }
            return names
        }
    }

    private func delete(_ state: TaskState, olderThan age: Duration, batch: Int, now: Timestamp) async throws(RecordError) -> Int {
        let result = try await database.write(
            "delete ended tasks",
            """
            with old as (
                select id, ended_at from tasks_done where state = $1 and ended_at < $2 limit $3
            ),
            gone as (
                delete from tasks_done d using old where d.id = old.id and d.ended_at = old.ended_at returning d.id, d.ended_at
            ),
            runs as (
                delete from attempts_done a using gone where a.task = gone.id and a.ended_at = gone.ended_at
            )
            select count(*) from gone
            """,
            [.int16(state.rawValue), .time(Timestamp(microseconds: now.microseconds - age.microseconds)), .int64(Int64(batch))]
        )
        return try count(result)
    }

    /// What came in for days that had no room of their own.
    private func deleteRest(olderThan age: Duration, batch: Int, now: Timestamp) async throws(RecordError) -> Int {
        let result = try await database.write(
            "delete ended tasks of no day",
            """
            with gone as (
                delete from tasks_done_rest where ctid in (select ctid from tasks_done_rest where ended_at < $1 limit $2) returning id
            ),
            runs as (
                delete from attempts_done_rest where ctid in (select ctid from attempts_done_rest where ended_at < $1 limit $2)
            )
            select count(*) from gone
            """,
            [.time(Timestamp(microseconds: now.microseconds - age.microseconds)), .int64(Int64(batch))]
        )
        return try count(result)
    }

    /// Ids grow with time: only the oldest are looked at, so that a sweep with nothing to do reads one batch.
    private func deleteAudit(olderThan age: Duration, batch: Int, now: Timestamp) async throws(RecordError) -> Int {
        let result = try await database.write(
            "delete old audit entries",
            """
            with gone as (
                delete from audit
                where id in (select id from (select id, at from audit order by id limit $2) as oldest where at < $1)
                returning id
            )
            select count(*) from gone
            """,
            [.time(Timestamp(microseconds: now.microseconds - age.microseconds)), .int64(Int64(batch))]
        )
        return try count(result)
    }

    /// What happened to ONUs, and readings of days that had no room of their own.
    private func deleteEvents(olderThan age: Duration, batch: Int, now: Timestamp) async throws(RecordError) -> Int {
        let result = try await database.write(
            "delete old events of ONUs",
            """
            with gone as (
                delete from onu_events
                where id in (select id from (select id, at from onu_events order by id limit $2) as oldest where at < $1)
                returning id
            ),
            rest as (
                delete from readings_rest where ctid in (select ctid from readings_rest where at < $1 limit $2)
            )
            select count(*) from gone
            """,
            [.time(Timestamp(microseconds: now.microseconds - age.microseconds)), .int64(Int64(batch))]
        )
        return try count(result)
    }

    private func leftovers(batch: Int, now: Timestamp) async throws(RecordError) -> Int {
        let result = try await database.write(
            "delete what nobody asks for any more",
            """
            with parts as (
                delete from outcome_parts where ctid in (select ctid from outcome_parts where staged_at < $2 limit $3)
            ),
            silent as (
                delete from workers where ctid in (select ctid from workers where last_seen_at < $2 limit $3)
            ),
            keys as (
                delete from unique_keys where ctid in (select ctid from unique_keys where until <= $1 limit $3) returning key
            )
            select count(*) from keys
            """,
            [.time(now), .time(Timestamp(microseconds: now.microseconds - Self.leftoversAfter.microseconds)), .int64(Int64(batch))]
        )
        return try count(result)
    }

    private func count(_ result: PostgresResult) throws(RecordError) -> Int {
        do throws(PostgresError) {
            return try result.rows.first.map { row throws(PostgresError) in Int(try row.int64(0)) } ?? 0
        } catch {
            throw RecordError(error, during: "read a count")
        }
    }
}
