package import Domain

/// Which letters, in words; what is not named is not asked for.
package struct LetterFilterShape: Codable, Hashable, Sendable {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case state, reason, kind, `class`, errorClass, olt, older, newer, text
    }

    /// The words, as query parameters and in bodies.
    package static let names = CodingKeys.allCases.map(\.rawValue)

    package var state: String?
    package var reason: String?
    package var kind: String?
    package var `class`: String?
    package var errorClass: String?
    package var olt: String?
    /// Died longer ago than this, such as `90s`, `15m`, `12h`, `7d`.
    package var older: String?
    package var newer: String?
    package var text: String?

    package init() {}

    package init(_ words: [String: String]) {
        state = words["state"]
        reason = words["reason"]
        kind = words["kind"]
        `class` = words["class"]
        errorClass = words["errorClass"]
        olt = words["olt"]
        older = words["older"]
        newer = words["newer"]
        text = words["text"]
    }

    package var words: [String: String] {
        let pairs: [(String, String?)] = [
            ("state", state), ("reason", reason), ("kind", kind), ("class", `class`), ("errorClass", errorClass), ("olt", olt),
            ("older", older), ("newer", newer), ("text", text),
        ]
        return pairs.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
}

/// Asks for letters to be retried or dropped, or for the plan of it: by ids or by a filter.
package struct LetterOrderRequest: Codable, Hashable, Sendable {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case verb, ids, filter, dryRun, rate, priority, payload
    }

    /// For a plan: `retry` or `drop`.
    package var verb: String?
    package var ids: [Int64]?
    package var filter: [String: String]?
    package var dryRun: Bool?
    /// Letters a second at most: `50/s`, `600/min`, `1000/h`.
    package var rate: String?
    package var priority: String?
    package var payload: [String: JSONValue]?

    package init(ids: [Int64]? = nil, filter: [String: String]? = nil) {
        self.ids = ids
        self.filter = filter
    }

    /// Ids in one order at most.
    package static let idsMax = 10_000
    /// Ids that are worked on at once, before the answer; more become a batch.
    package static let atOnceMax = 1000
}

/// A batch of letters as the API and `--json` show it.
package struct LetterBatchShape: Codable, Hashable, Sendable {
    package let id: Int64
    package let verb: String
    package let state: String
    /// Letters that fitted when it began.
    package let total: Int
    package let done: Int
    /// Letters it met and left as they are.
    package let left: Int
    @OrNull package var filter: [String: String]?
    /// How many ids were named; `null` for a filter.
    @OrNull package var ids: Int?
    @OrNull package var priority: String?
    @OrNull package var perSecond: Double?
    package let createdAt: String
    package let updatedAt: String
    @OrNull package var finishedAt: String?

    package init(_ batch: LetterBatch) {
        id = batch.id
        verb = batch.order.verb.rawValue
        state = batch.state.rawValue
        total = batch.total
        done = batch.done
        left = batch.leftOpen
        switch batch.order.selection {
        case .ids(let named):
            filter = nil
            ids = named.count
        case .filter(let asked):
            filter = Self.words(asked)
            ids = nil
        }
        priority = batch.order.priority?.word
        perSecond = batch.order.perSecond
        createdAt = batch.createdAt.description
        updatedAt = batch.updatedAt.description
        finishedAt = batch.finishedAt?.description
    }

    private static func words(_ filter: LetterFilter) -> [String: String] {
        let pairs: [(String, String?)] = [
            ("state", filter.state?.rawValue), ("reason", filter.reason?.rawValue), ("kind", filter.kind),
            ("class", filter.taskClass?.word), ("errorClass", filter.errorClass), ("olt", filter.olt.map { "\($0.value)" }),
            ("diedBefore", filter.diedBefore?.description), ("diedFrom", filter.diedFrom?.description), ("text", filter.text),
        ]
        return pairs.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
}

/// The answer to an order: what was done at once, or the batch that does it.
package struct LetterOrderAnswer: Codable, Hashable, Sendable {
    @OrNull package var batch: LetterBatchShape?
    @OrNull package var items: [LetterAnswerShape]?
    @OrNull package var next: String?
    @OrNull package var total: Int?

    package init(batch: LetterBatchShape) {
        self.batch = batch
        items = nil
        next = nil
        total = nil
    }

    package init(items: [LetterAnswerShape]) {
        batch = nil
        self.items = items
        next = nil
        total = items.count
    }
}
