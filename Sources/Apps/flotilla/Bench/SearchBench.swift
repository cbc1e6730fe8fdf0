import APIContract
import Assembly
import Domain
import Foundation
import PrivateServers

/// How long a search over all ONUs takes.
struct SearchFigures: Codable, BenchFigures {
    struct Search: Codable, Hashable, Sendable {
        let what: String
        let found: Int
        /// Milliseconds from the request to the whole answer.
        let millis: Spread
    }

    let onus: Int
    let olts: Int
    let indexBuildSeconds: Double
    let searches: [Search]
    /// By search, as the server told it.
    let plans: [String]

    var summary: String {
        "\(onus) ONUs on \(olts) OLTs; 20 requests each to `GET /onus:find`, at most 50 hits, from one connection. The index over texts was built in "
            + "\(Figure.seconds(indexBuildSeconds)). Plans (`explain analyze`) of the last search of each:\n\n"
            + plans.map { "```\n\($0)\n```" }.joined(separator: "\n\n")
    }

    var table: [[String]] {
        [["search", "hits", "p50", "max"]]
            + searches.map { ["\($0.what)", "\($0.found)", Figure.millis($0.millis.p50), Figure.millis($0.millis.max)] }
    }
}

/// Fills a record with ONUs and looks for some.
struct SearchBench: Sendable {
    let onus: Int
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    private static let perOLT = 1000

    private var searches: [(what: String, text: String)] {
        let last = String(format: "%08X", onus - 1)
        return [
            ("serial", "HWTC" + last), ("serial as hexadecimal digits", "48575443" + last), ("MAC in dotted form", mac(onus / 2)),
            ("part of a serial", String(last.suffix(6))), ("rare word", "subscriber \(onus - 7)"),
            ("a street of one in 5,000", "street 4711"),
            ("what every ONU holds", "HWTC"), ("what no ONU holds", "nobody has this"),
        ]
    }

    /// As `aabb.ccdd.eeff`.
    private func mac(_ number: Int) -> String {
        let digits = String(format: "02%010x", number)
        return [digits.prefix(4), digits.dropFirst(4).prefix(4), digits.suffix(4)].joined(separator: ".")
    }

    func measure() async throws -> SearchFigures {
        let fleet = try servers.fleet(workers: 0, slots: nil, note: note)
        do {
            try await fleet.start()
            let built = try await seed()
            let client = try APIClient(await fleet.url)
            var found: [SearchFigures.Search] = []
            for (what, text) in searches { found.append(try await search(what, text, client)) }
            var plans: [String] = []
            for (what, text) in searches { plans.append("\(what): \"\(text)\"\n" + (try await plan(text))) }
            await fleet.stop()
            return SearchFigures(onus: onus, olts: olts, indexBuildSeconds: built, searches: found, plans: plans)
        } catch {
            await fleet.stop()
            throw error
        }
    }

    private var olts: Int { (onus + Self.perOLT - 1) / Self.perOLT }

    /// - Returns: seconds that the index over texts took.
    private func seed() async throws -> Double {
        note("\(onus) ONUs on \(olts) OLTs")
        let index = try await servers.postgres.statement("select indexdef from pg_indexes where indexname = 'onus_text'")
        _ = try await servers.postgres.statement("drop index onus_text")
        _ = try await servers.postgres.statement(
            """
            insert into olts (name, host, port, version, profile, pdus_per_second, repetitions_max, attempts, sealed, revision)
            select 'olt-' || n, '10.0.0.1', 161, 'v2c', 'huawei', 50, 25, 4, ''::bytea, 1 from generate_series(1, \(olts)) as n
            """
        )
        _ = try await servers.postgres.statement(
            """
            insert into onus (
                olt, index, port, onu_id, serial, mac, name, description, run_status, is_present, first_seen_at, last_seen_at, seen_by
            )
            select 1 + n / \(Self.perOLT), 4194304000 + (n / 64 % 16) * 256 || '.' || n % 1024, '0/1/' || n / 64 % 16, n % 64,
                'HWTC' || upper(lpad(to_hex(n), 8, '0')),
                '02:' || regexp_replace(lpad(to_hex(n), 10, '0'), '(..)(..)(..)(..)(..)', '\\1:\\2:\\3:\\4:\\5'),
                'subscriber ' || n, 'street ' || n * 7919::bigint % 5000 || ', house ' || n % 97, n % 20 / 19, true, now(), now(), 1
            from generate_series(0, \(onus - 1)) as n
            """
        )
        note("building the index over texts")
        let start = ContinuousClock.now
        _ = try await servers.postgres.statement(index.trimmingCharacters(in: .whitespacesAndNewlines))
        let built = (ContinuousClock.now - start) / .seconds(1)
        _ = try await servers.postgres.statement("analyze onus")
        return built
    }

    private func search(_ what: String, _ text: String, _ client: APIClient) async throws -> SearchFigures.Search {
        var millis: [Double] = []
        var found = 0
        for _ in 0..<20 {
            let start = ContinuousClock.now
            let answer: FoundONUs = try await client.get(APIPath.onusFind, query: ["q": text])
            millis.append((ContinuousClock.now - start) / .milliseconds(1))
            found = answer.items.count
        }
        return SearchFigures.Search(what: what, found: found, millis: Spread(millis))
    }

    private func plan(_ text: String) async throws -> String {
        guard let search = ONUSearch(text) else { throw CommandError(.failed, "\"\(text)\" cannot be searched for") }
        let lines = try await servers.postgres.statement(SearchPlan.explain(exact: search.exact, pattern: "%\(text)%", limit: 51))
        // The expression of the index has line feeds in it; what was done and how long it took says enough.
        let told = lines.split(separator: "\n").filter { $0.contains("(actual") || $0.contains("never executed") || $0.contains("Time:") }
        return told.joined(separator: "\n")
    }
}
