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
            let rows = try await looking.number("select sum(seq_tup_read)::int8 from pg_stat_user_tables where relname ~ '^tasks'")
            let indexes = try await looking.pool.query(
                "select indexrelname::text, idx_tup_read from pg_stat_user_indexes where relname ~ '^tasks'"
            )
            var indexRows: [String: Int] = [:]
            for row in indexes.rows { indexRows[try row.text(0)] = Int(try row.int64(1)) }
            await looking.pool.close()
            return (rows, indexRows)
        }

        /// 50,000 tasks that succeeded.
        private func manyEnded(_ bench: Bench) async throws {
            _ = try await bench.pool.query(
                """
                insert into tasks_done (
                    id, kind, payload, priority, base_priority, class, state, max_attempts, backoff_base, backoff_factor, backoff_ceiling,
                    timeout, due_at, created_at, labels, source, ended_at
                )
                select gen_random_uuid(), 'noop', '{}', 4, 4, 4, 3, 5, 0, 2, 0, 60000000, now(), now(), '{}', 'http', now()
                from generate_series(1, 50000)
                """
            )
        }

        /// 50,000 tasks that are due tomorrow.
        private func manyWaiting(_ bench: Bench) async throws {
            _ = try await bench.pool.query(
                """
                insert into tasks (
                    id, kind, payload, priority, base_priority, class, state, max_attempts, backoff_base, backoff_factor, backoff_ceiling,
                    timeout, due_at, created_at, labels, source
                )
                select gen_random_uuid(), 'noop', '{}', 4, 4, 4, 0, 5, 0, 2, 0, 60000000, now() + interval '1 day', now(), '{}', 'http'
                from generate_series(1, 50000)
                """
            )
        }

        @Test(
            "with the statistics of an idle and of a full table, batches find their rows without walking through all others",
            arguments: [nil, "k"],
            [false, true]
        )
        func idle(_ key: String?, isFull: Bool) async throws {
            let url = try await TestServers.shared.freshDatabase()
            try await Bench.with(url) { bench in
                try await manyEnded(bench)
                if isFull { try await manyWaiting(bench) }
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
            // Of a table of one batch a walk is the best plan; of a full one it is not.
            #expect(after.sequentialRows - before.sequentialRows < batches * size * 40)
            // Each of a batch's few statements may meet each of its rows a few times, never the batch squared.
            for (index, rows) in after.indexRows {
                #expect(rows - before.indexRows[index, default: 0] < batches * size * 40, "\(index)")
            }
        }

        @Test(
            "listing tasks of a rare state does not walk through all that ended",
            arguments: [TaskState.waiting, .queued, .blocked, .dead]
        )
        func rareStates(_ state: TaskState) async throws {
            let url = try await TestServers.shared.freshDatabase()
            try await Bench.with(url) { bench in
                try await manyEnded(bench)
                _ = try await bench.pool.query("analyze")
            }
            let before = try await usage(of: url)

            try await Bench.with(url) { bench in
                var filter = TaskFilter()
                filter.state = state
                let found = try await bench.tasks.tasks(filter)
                #expect(found.items.isEmpty)
            }

            let after = try await usage(of: url)
            let rows = after.sequentialRows - before.sequentialRows
            #expect(rows + after.indexRows.values.reduce(0, +) - before.indexRows.values.reduce(0, +) < 1000)
        }
    }
}
