import Domain
import Postgres
import RecordAdapter
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Migrations")
    struct Migrations {
        @Test("a dry run tells the plan and writes nothing; a run applies it; a second run is a no-op")
        func plan() async throws {
            let bench = try Bench(url: try await TestServers.shared.freshDatabase())
            let migrator = Migrator(pool: bench.pool)

            let planned = try await migrator.migrate(dryRun: true)
            #expect(planned.map(\.number) == Array(1...Migration.latest))
            #expect(try await bench.number("select count(*) from pg_tables where schemaname = 'public'") == 0)
            await #expect(throws: RecordError.schema(found: 0, expected: Migration.latest)) { try await migrator.check() }

            #expect(try await migrator.migrate(dryRun: false) == planned)
            #expect(try await migrator.migrate(dryRun: false) == [])
            #expect(try await migrator.plan() == [])
            try await migrator.check()
            await bench.pool.close()
        }

        @Test("several migrators at once apply each step once")
        func concurrent() async throws {
            let bench = try Bench(url: try await TestServers.shared.freshDatabase())
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 {
                    group.addTask { try await Migrator(pool: bench.pool).migrate(dryRun: false).count }
                }
                return try await group.reduce(0, +)
            }
            #expect(applied == Migration.latest)
            await bench.pool.close()
        }

        @Test("a schema that is newer than the program is refused, with what to do")
        func newer() async throws {
            try await Bench.with { bench in
                _ = try await bench.pool.query("insert into schema_migrations (number, name) values (999, 'future')")
                let expected = RecordError.schema(found: 999, expected: Migration.latest)
                await #expect(throws: expected) { try await Migrator(pool: bench.pool).check() }
                await #expect(throws: expected) { try await Migrator(pool: bench.pool).migrate(dryRun: false) }
                #expect(expected.schemaAdvice?.contains("upgrade the program") == true)
                #expect(RecordError.schema(found: 0, expected: 4).schemaAdvice?.contains("flotilla db migrate") == true)
            }
        }
    }
}
