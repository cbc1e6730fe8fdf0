import APIContract
import Domain
import Foundation
import PrivateServers

/// What dead letters cost: to write, to find among many, to retry.
struct DeadLetterFigures: Codable, BenchFigures {
    struct Page: Codable, Hashable, Sendable {
        let filter: String
        let letters: Int
        /// Milliseconds from the request to the whole answer.
        let millis: Spread
    }

    let died: Int
    /// Tasks that failed finally a second, from the first draft to the last letter and its evidence.
    let deathsPerSecond: Double
    let retried: Int
    let planMillis: Double
    /// Letters a second that one batch closed, each with its new task.
    let retriesPerSecond: Double
    /// From the order until every new task had succeeded.
    let retriedAndDonePerSecond: Double
    /// Letters in the record while pages were read.
    let letters: Int
    let pages: [Page]

    var summary: String {
        "\(died) tasks that fail finally, with their letters and the copies from the queue `dead`; \(retried) letters retried by one batch over the "
            + "API, each exactly once; pages of 50 among \(letters) letters, 20 requests each, counts included on the first page."
    }

    var table: [[String]] {
        [
            ["figure", "value"], ["task fails finally → letter and evidence", Figure.rate(deathsPerSecond)],
            ["plan of the retry", Figure.millis(planMillis)], ["batch: letters closed, tasks admitted", Figure.rate(retriesPerSecond)],
            ["batch: until every new task has succeeded", Figure.rate(retriedAndDonePerSecond)],
        ]
            + pages.map { page in
                [
                    "page, \(page.filter) (\(page.letters) found)",
                    "p50 \(Figure.millis(page.millis.p50)), max \(Figure.millis(page.millis.max))",
                ]
            }
    }
}

/// Lets tasks die, retries letters by a batch, and reads pages among many.
struct DeadLetterBench: Sendable {
    /// Letters that one batch retries.
    let retries: Int
    /// Letters among which pages are read.
    let among: Int
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    private static let filters: [(name: String, query: [String: String?])] = [
        ("no filter", [:]), ("kind and reason", ["kind": "snmp.get", "reason": "exhausted"]),
        ("rare kind", ["kind": "snmp.discovery"]), ("nothing fits", ["kind": "noop", "reason": "poison"]),
        ("error class", ["errorClass": "device_silent"]), ("class and state", ["class": "network", "state": "dead"]),
        ("OLT", ["olt": "1"]), ("older than", ["older": "12h"]), ("text, rare", ["text": "slot 54321"]),
        ("text, common", ["text": "no answer"]), ("kind, older, second page", ["kind": "snmp.get", "older": "1h", "page": "2"]),
    ]

    func measure() async throws -> DeadLetterFigures {
        let fleet = try servers.fleet(workers: 2, slots: 128, environment: ["FLOTILLA_LETTERS_KEEP": "10000000"], note: note)
        do {
            try await fleet.start()
            let figures = try await measure(on: try APIClient(await fleet.url), url: await fleet.url)
            await fleet.stop()
            return figures
        } catch {
            await fleet.stop()
            throw error
        }
    }

    private func measure(on client: APIClient, url: String) async throws -> DeadLetterFigures {
        let died = max(100, retries / 10)
        note("\(died) tasks that fail finally")
        let deaths = try await die(died, client)
        note("\(retries) letters to retry")
        try await seed(retries, kind: "noop", taskClass: .general, reason: "worker_lost", errorClass: "worker_lost")
        let order = LetterOrderRequest(filter: ["kind": "noop"])
        var question = order
        question.verb = "retry"
        let asked = ContinuousClock.now
        let plan: LetterPlanShape = try await client.post(APIPath.deadLettersPlan, question)
        let planMillis = (ContinuousClock.now - asked) / .milliseconds(1)
        guard plan.total == retries else { throw CommandError(.failed, "the plan names \(plan.total) of \(retries) letters") }
        let (closed, done) = try await retry(order, client)
        note("\(among) letters to look among")
        try await seedMany(client)
        let letters = try await servers.count("select count(*) from letters")
        var pages: [DeadLetterFigures.Page] = []
        for (name, query) in Self.filters { pages.append(try await page(name, query, client)) }
        return DeadLetterFigures(
            died: died,
            deathsPerSecond: Double(died) / (deaths / .seconds(1)),
            retried: retries,
            planMillis: planMillis,
            retriesPerSecond: Double(retries) / (closed / .seconds(1)),
            retriedAndDonePerSecond: Double(retries) / (done / .seconds(1)),
            letters: letters,
            pages: pages
        )
    }

    // MARK: Dying

    private func die(_ count: Int, _ client: APIClient) async throws -> Duration {
        let start = ContinuousClock.now
        let draft = #"{"kind":"fail","payload":{"final":true}}"#
        for first in stride(from: 0, to: count, by: 1000) {
            let drafts = Array(repeating: draft, count: min(1000, count - first)).joined(separator: ",")
            let answer: BatchShape = try await client.post(
                APIPath.tasksBatch,
                bytes: Data(#"{"tasks":[\#(drafts)]}"#.utf8),
                contentType: "application/json"
            )
            guard answer.refused == 0 else { throw CommandError(.failed, "\(answer.refused) drafts were refused") }
        }
        try await until("every task has its letter and its evidence", start) {
            try await servers.count("select count(*) from letters l join evidence e on e.number = l.number") == count
        }
        return ContinuousClock.now - start
    }

    // MARK: Retrying

    private func retry(_ order: LetterOrderRequest, _ client: APIClient) async throws -> (closed: Duration, done: Duration) {
        let start = ContinuousClock.now
        let answer: LetterOrderAnswer = try await client.post(APIPath.deadLettersRetry, order)
        guard let id = answer.batch?.id else { throw CommandError(.failed, "the order did not become a batch") }
        var batch: LetterBatchShape = try await client.get(APIPath.letterBatch(id))
        try await until("the batch is done", start) {
            batch = try await client.get(APIPath.letterBatch(id))
            return batch.state == "done"
        }
        let closed = ContinuousClock.now - start
        guard batch.done == retries else { throw CommandError(.failed, "the batch closed \(batch.done) of \(retries) letters") }
        let word = TaskState.succeeded.word
        try await until("the retried tasks have succeeded", start) {
            let states: [String: Int] = try await client.get(APIPath.states)
            return states[word, default: 0] >= retries
        }
        let once = try await servers.count("select count(distinct retried_as) from letters where state = 'retried'")
        guard once == retries else { throw CommandError(.failed, "\(once) tasks came of \(retries) letters") }
        return (closed, ContinuousClock.now - start)
    }

    private func until(_ what: String, _ start: ContinuousClock.Instant, _ isSo: () async throws -> Bool) async throws {
        while try await !isSo() {
            guard ContinuousClock.now - start < .seconds(600) else { throw CommandError(.failed, "not within ten minutes: \(what)") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: Looking

    private func seedMany(_ client: APIClient) async throws {
        // An index of texts grows faster in one go.
        _ = try await servers.postgres.statement("drop index letters_text")
        let rest = max(0, among - (try await servers.count("select count(*) from letters")))
        try await seed(
            rest * 6 / 10,
            kind: "snmp.get",
            taskClass: .network,
            reason: "exhausted",
            errorClass: "device_silent",
            withTask: false
        )
        try await seed(
            rest * 4 / 10,
            kind: "snmp.probe",
            taskClass: .network,
            reason: "final",
            errorClass: "bad_credentials",
            withTask: false
        )
        try await seed(
            min(20, rest),
            kind: "snmp.discovery",
            taskClass: .network,
            reason: "final",
            errorClass: "device_silent",
            withTask: false
        )
        let olts: Listing<OLTShape> = try await client.get(APIPath.olts)
        if olts.items.isEmpty {
            let draft = OLTDraft(name: "OLT-A", address: "127.0.0.1", port: nil, profile: "huawei", community: "public", pdusPerSecond: nil)
            let _: OLTShape = try await client.post(APIPath.olts, draft)
        }
        _ = try await servers.postgres.statement("create index letters_text on letters using gin (message gin_trgm_ops)")
        _ = try await servers.postgres.statement("vacuum analyze letters")
        _ = try await servers.postgres.statement("vacuum analyze letter_tallies")
    }

    /// Letters as the record writes them, spread over OLTs and a day.
    private func seed(
        _ count: Int,
        kind: String,
        taskClass: TaskClass,
        reason: String,
        errorClass: String,
        withTask: Bool = true
    ) async throws {
        let tasks = """
            insert into tasks_done (
                id, kind, payload, priority, base_priority, ended_at, class, state, max_attempts, backoff_base, backoff_factor, backoff_ceiling, timeout,
                due_at, created_at, labels, source
            )
            select task, '\(kind)', '{}', 4, 4, now(), \(taskClass.rawValue), 4, 5, 0, 2, 0, 60000000, now(), now(), '{}', 'http' from made;
            """
        _ = try await servers.postgres.statement(
            """
            begin;
            create temporary table made on commit drop as
            select gen_random_uuid() as task, n, now() - interval '1 day' * random() as died from generate_series(1, \(count)) as n;
            \(withTask ? tasks : "")
            insert into letters (
                task, kind, class, priority, olt, reason, error_class, message, attempts, first_died_at, last_died_at, state
            )
            select task, '\(kind)', \(taskClass.rawValue), 4, 1 + n % 1000, '\(reason)', '\(errorClass)',
                'no answer from slot ' || n, 5, died, died, 'dead'
            from made;
            commit;
            """
        )
    }

    private func page(_ name: String, _ query: [String: String?], _ client: APIClient) async throws -> DeadLetterFigures.Page {
        var query = query
        query["limit"] = "50"
        if query.removeValue(forKey: "page") != nil {
            let first: LetterListing = try await client.get(APIPath.deadLetters, query: query)
            query["cursor"] = first.next
        }
        var found = 0
        var millis: [Double] = []
        for _ in 0..<20 {
            let start = ContinuousClock.now
            let page: LetterListing = try await client.get(APIPath.deadLetters, query: query)
            millis.append((ContinuousClock.now - start) / .milliseconds(1))
            found = page.total ?? page.items.count
        }
        return DeadLetterFigures.Page(filter: name, letters: found, millis: Spread(millis))
    }
}
