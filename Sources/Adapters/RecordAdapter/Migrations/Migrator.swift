package import Domain
package import Postgres

/// Brings the schema to what this program works with, one step at a time, and says what it would do.
package struct Migrator: Sendable {
    private let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Steps that are not applied yet, in order.
    /// - Throws: `.schema` when the database is newer than this program.
    package func plan() async throws(RecordError) -> [Migration] {
        try pending(after: try await found())
    }

    /// Applies what `plan` tells, each step in a transaction of its own; other migrators wait.
    /// - Returns: the steps that were applied, or with `dryRun` would be.
    package func migrate(dryRun: Bool) async throws(RecordError) -> [Migration] {
        if dryRun { return try await plan() }
        let answer: Result<[Migration], RecordError> = try await run("migrate") { connection throws(PostgresError) in
            _ = try await connection.query("select pg_advisory_lock(hashtextextended('flotilla schema', 0))")
            let answer = await Self.applyAll(on: connection)
            _ = try await connection.query("select pg_advisory_unlock(hashtextextended('flotilla schema', 0))")
            return answer
        }
        return try answer.get()
    }

    /// - Throws: `.schema` unless the database is exactly what this program works with: older ones want `flotilla db migrate`, for newer ones
    ///   this program is too old.
    package func check() async throws(RecordError) {
        let found = try await found()
        guard found == Migration.latest else { throw .schema(found: found, expected: Migration.latest) }
    }

    private func found() async throws(RecordError) -> Int {
        try await run("read the schema's number") { connection throws(PostgresError) in try await Self.found(on: connection) }
    }

    private func pending(after found: Int) throws(RecordError) -> [Migration] {
        guard found <= Migration.latest else { throw .schema(found: found, expected: Migration.latest) }
        return Array(Migration.all.dropFirst(found))
    }

    private static func applyAll(on connection: PostgresConnection) async -> Result<[Migration], RecordError> {
        do throws(PostgresError) {
            let found = try await found(on: connection)
            guard found <= Migration.latest else { return .failure(.schema(found: found, expected: Migration.latest)) }
            let steps = Array(Migration.all.dropFirst(found))
            for step in steps { try await apply(step, on: connection) }
            return .success(steps)
        } catch {
            return .failure(RecordError(error, during: "migrate"))
        }
    }

    private static func found(on connection: PostgresConnection) async throws(PostgresError) -> Int {
        let table = try await connection.query("select to_regclass('schema_migrations') is not null")
        guard try table.rows[0].bool(0) else { return 0 }
        let found = try await connection.query("select coalesce(max(number), 0) from schema_migrations")
        return Int(try found.rows[0].int64(0))
    }

    private static func apply(_ step: Migration, on connection: PostgresConnection) async throws(PostgresError) {
        // One text is one transaction: the step and its note.
        try await connection.script(
            """
            create table if not exists schema_migrations (
                number integer primary key, name text not null, applied_at timestamptz not null default now()
            );
            \(step.sql)
            insert into schema_migrations (number, name) values (\(step.number), '\(step.name)');
            """
        )
    }

    private func run<Answer>(
        _ operation: String,
        _ body: (PostgresConnection) async throws(PostgresError) -> Answer
    ) async throws(RecordError) -> Answer {
        do throws(PostgresError) {
            return try await pool.withConnection(body)
        } catch {
            throw RecordError(error, during: operation)
        }
    }
}

extension RecordError {
    /// What to do about a schema of another number; `nil` for other errors.
    package var schemaAdvice: String? {
        guard case .schema(let found, let expected) = self else { return nil }
        if found == 0 { return "the database has no schema yet: run `flotilla db migrate`" }
        return found < expected
            ? "the database's schema is \(found), this program needs \(expected): run `flotilla db migrate`"
            : "the database's schema is \(found), this program knows \(expected): upgrade the program"
    }
}
