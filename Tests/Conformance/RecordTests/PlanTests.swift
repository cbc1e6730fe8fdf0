import Domain
import Postgres
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Plans")
    struct Plans {
        /// How often the table and its indexes were used so far.
        ///
        /// A server process tells when it ends, hence the closed pool.
        private func usage(of url: String) async throws -> (sequentialRows: Int, indexRows: [String: Int]) {
            let looking = try Bench(url: url)
            // Other processes' numbers arrive when they are gone.
            try await eventually("the benches' connections are gone") {
                let others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                return try await looking.number(others) == 0
            }
            let rows = try await looking.number("select seq_tup_read from pg_stat_user_tables where relname = 'tasks'")
            let indexes = try await looking.pool.query(
                "select indexrelname::text, idx_tup_read from pg_stat_user_indexes where relname = 'tasks'"
            )
            var indexRows: [String: Int] = [:]
            for row in indexes.rows { indexRows[try row.text(0)] = Int(try row.int64(1)) }
            await looking.pool.close()
            return (rows, indexRows)
        }

        @Test(
            "with the statistics of an idle table of ended tasks, batches still find their rows by the primary key",
            arguments: [nil, "k"]
        )
        func idle(_ key: String?) async throws {
            let url = try await TestServers.shared.freshDatabase()
            try await Bench.with(url) { bench in
                _ = try await bench.pool.query(
                    """
                    insert into tasks (
                        id, kind, payload, priority, class, state, max_attempts, backoff_base, backoff_factor, backoff_ceiling, timeout,
                        due_at, created_at, labels, source
                    )
                    select gen_random_uuid(), 'noop', '{}', 4, 4, 3, 5, 0, 2, 0, 60000000, now(), now(), '{}', 'http'
                    from generate_series(1, 50000)
                    """
                )
                _ = try await bench.pool.query("analyze")
            }
            let before = try await usage(of: url)

            let batches = 8
            let size = 256
            try await Bench.with(url) { bench in
                for batch in 0..<batches {
                    let tasks = (0..<size).map { place in
                        AdmittedTask(bench.task(key: key.map { "\($0)\(batch)-\(place)" }), goesAtOnce: false)
                    }
                    _ = try await bench.tasks.admit(tasks, now: bench.now)
                    let queued = try await bench.dispatch(limit: size)
                    #expect(queued.count == size)
                    try await bench.tasks.published(queued.map(\.number), now: bench.now)
                    let outcomes = queued.map { bench.outcome($0, .started) } + queued.map { bench.outcome($0, .succeeded) }
                    #expect(try await bench.tasks.record(outcomes, judge: bench.judge, now: bench.now).succeeded == size)
                }
            }

            let after = try await usage(of: url)
            #expect(after.sequentialRows - before.sequentialRows == 0)
            // Each of a batch's few statements may meet each of its rows a few times, never the batch squared.
            for (index, rows) in after.indexRows {
                #expect(rows - before.indexRows[index, default: 0] < batches * size * 40, "\(index)")
            }
        }
    }
}
