import Domain
import Postgres
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Letter search")
    struct LetterSearches {
        private static let filters: [(name: String, change: @Sendable (inout LetterFilter, Timestamp) -> Void, sql: String)] = [
            ("state", { filter, _ in filter.state = .dead }, "state = 'dead'"),
            ("reason", { filter, _ in filter.reason = .exhausted }, "reason = 'exhausted'"),
            ("kind", { filter, _ in filter.kind = "fail" }, "kind = 'fail'"),
            ("class", { filter, _ in filter.taskClass = .memory }, "class = 2"),
            ("error class", { filter, _ in filter.errorClass = "device_silent" }, "error_class = 'device_silent'"),
            ("OLT", { filter, _ in filter.olt = OLTID(17) }, "olt = 17"),
            ("text", { filter, _ in filter.text = "FROM 11" }, "message like '%from 11%'"),
            ("percent sign", { filter, _ in filter.text = "no%answer" }, "false"),
            ("older", { filter, now in filter.diedBefore = now - .seconds(86_400 - 1) }, "id <= 999"),
            ("newer", { filter, now in filter.diedFrom = now - .seconds(86_400 - 1) }, "id > 999"),
            (
                "several words and an age",
                { filter, now in
                    filter.state = .dead
                    filter.kind = "noop"
                    filter.reason = .final
                    filter.diedFrom = now - .seconds(86_400 - 1)
                },
                "kind = 'noop' and reason = 'final' and id > 999"
            ), ("a combination that does not exist", { filter, _ in filter.kind = "snmp.get" }, "false"),
        ]

        @Test("every filter finds what it names, page by page, and counts it", arguments: filters.indices)
        func filter(_ place: Int) async throws {
            let (_, change, sql) = Self.filters[place]
            try await Bench.with { bench in
                try await bench.manyLetters(1500, kinds: ["noop", "fail"])
                let wanted = try await bench.pool.query("select id from letters where \(sql) order by last_died_at desc, id desc")
                var expected: [Int64] = []
                for row in wanted.rows { expected.append(try row.int64(0)) }

                var filter = LetterFilter()
                change(&filter, bench.now)
                filter.limit = 400
                var found: [Int64] = []
                repeat {
                    let page = try await bench.letters.letters(filter)
                    found += page.items.map(\.id)
                    filter.cursor = page.next
                } while filter.cursor != nil
                #expect(found == expected)

                let tally = try await bench.letters.tally(filter)
                #expect(tally.total == expected.count)
                #expect(tally.byReason.values.reduce(0, +) == expected.count)
                #expect(tally.isExact)
            }
        }

        @Test("the tallies agree with the letters after retries, drops, repeated writes and trims")
        func tallies() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(300, kinds: ["noop", "fail"])
                _ = try await bench.drop(Array(1...50))
                _ = try await bench.retry(Array(40...120))
                _ = try await bench.retry(Array(100...130))
                var keeping = LetterKeeping()
                keeping.perClass = 30
                _ = try await bench.letters.trim(keeping, now: bench.now)
                let differences = try await bench.number(
                    """
                    select count(*)
                    from (
                        select state, reason, kind, class, error_class, sum(count) as count
                        from letter_tallies
                        group by 1, 2, 3, 4, 5
                        having sum(count) <> 0
                    ) as t
                    full join (
                        select state, reason, coalesce(kind, '') as kind, coalesce(class, -1) as class,
                            coalesce(error_class, '') as error_class, count(*) as count
                        from letters
                        group by 1, 2, 3, 4, 5
                    ) as l using (state, reason, kind, class, error_class)
                    where t.count is distinct from l.count
                    """
                )
                #expect(differences == 0)
                #expect(try await bench.number("select count(*) from letters") == 150)
            }
        }

        /// Where every letter holds the text's parts, but none the text, each is looked at.
        private static let bounded = filters.indices.filter { filters[$0].name != "percent sign" }

        @Test("a page among very many letters reads few rows, whatever the filter", arguments: bounded)
        func plans(_ place: Int) async throws {
            let (name, change, _) = Self.filters[place]
            // A page is made of at most this many combinations of words times its length.
            let rowsMax = 12_000
            let url = try await TestServers.shared.freshDatabase()
            try await Bench.with(url) { bench in
                try await bench.manyLetters(30_000, kinds: ["noop", "fail"])
                _ = try await bench.pool.query("analyze letters, letter_tallies")
            }
            let before = try await rowsRead(url)
            try await Bench.with(url) { bench in
                var filter = LetterFilter()
                change(&filter, bench.now)
                _ = try await bench.letters.letters(filter)
            }
            #expect(try await rowsRead(url) - before < rowsMax, "\(name)")
        }

        private func rowsRead(_ url: String) async throws -> Int {
            let looking = try Bench(url: url)
            try await eventually("the benches' connections are gone") {
                let others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                return try await looking.number(others) == 0
            }
            let rows = try await looking.number(
                """
                select (select seq_tup_read from pg_stat_user_tables where relname = 'letters')
                    + (select sum(idx_tup_read)::int8 from pg_stat_user_indexes where relname = 'letters')
                """
            )
            await looking.pool.close()
            return rows
        }
    }
}
