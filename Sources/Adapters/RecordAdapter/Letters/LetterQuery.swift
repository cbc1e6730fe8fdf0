import Domain
import Postgres

/// The statement that finds letters, built from what a filter names.
///
/// Words (state, reason, kind, class, error class) are looked up among the tallies first: each combination that exists is then one walk
/// along `letters_group`, so that a page costs the same however rare or common they are. OLT and text have indexes of their own.
struct LetterQuery {
    let filter: LetterFilter
    private(set) var parameters: [PostgresValue] = []

    init(_ filter: LetterFilter) {
        self.filter = filter
    }

    /// Where the walk begins and ends.
    struct Span {
        /// Only what comes behind it, in the order of the walk.
        var after: LetterPlace?
        /// Only letters up to this id.
        var bound: Int64?
        var isAscending = false
        var limit: Int?
    }

    mutating func bind(_ value: PostgresValue) -> String {
        parameters.append(value)
        return "$\(parameters.count)"
    }

    /// Rows `id`, `last_died_at`, `reason` and `kind` ("" for none), in order.
    mutating func matches(_ span: Span) -> String {
        let direction = span.isAscending ? "asc" : "desc"
        let order = "order by l.last_died_at \(direction), l.id \(direction)"
        let limit = span.limit.map { "limit \(bind(.int64(Int64($0))))" } ?? ""
        let words = words()
        let places = places(span)
        guard !words.isEmpty, filter.olt == nil, filter.text == nil else {
            let conditions = places + words.map { "\($0.letter) = \($0.value)" } + others()
            return """
                select l.id, l.last_died_at, l.reason, coalesce(l.kind, '') as kind
                from letters l
                where \(Self.all(conditions))
                \(order) \(limit)
                """
        }
        return """
            select l.id, l.last_died_at, g.reason, g.kind
            from (
                select state, reason, kind, class, error_class
                from letter_tallies
                where \(Self.all(words.map { "\($0.tally) = \($0.value)" }))
                group by 1, 2, 3, 4, 5
                having sum(count) > 0
            ) as g
            cross join lateral (
                select l.id, l.last_died_at
                from letters l
                where l.state = g.state and l.reason = g.reason and coalesce(l.kind, '') = g.kind and coalesce(l.class, -1) = g.class
                    and coalesce(l.error_class, '') = g.error_class and \(Self.all(places))
                \(order) \(limit)
            ) as l
            \(order) \(limit)
            """
    }

    /// Counts by reason and kind from the tallies alone; `nil` when they do not know enough.
    mutating func tallied() -> String? {
        guard filter.olt == nil, filter.text == nil, filter.diedBefore == nil, filter.diedFrom == nil else { return nil }
        return """
            select reason, kind, sum(count)::int8
            from letter_tallies
            where \(Self.all(words().map { "\($0.tally) = \($0.value)" }))
            group by 1, 2
            having sum(count) > 0
            """
    }

    private typealias Word = (tally: String, letter: String, value: String)

    private mutating func words() -> [Word] {
        var words: [Word] = []
        if let state = filter.state { words.append(("state", "l.state", bind(.text(state.rawValue)))) }
        if let reason = filter.reason { words.append(("reason", "l.reason", bind(.text(reason.rawValue)))) }
        if let kind = filter.kind { words.append(("kind", "coalesce(l.kind, '')", bind(.text(kind.withoutZero)))) }
        if let taskClass = filter.taskClass { words.append(("class", "coalesce(l.class, -1)", bind(.int16(taskClass.rawValue)))) }
        if let errorClass = filter.errorClass {
            words.append(("error_class", "coalesce(l.error_class, '')", bind(.text(errorClass.withoutZero))))
        }
        return words
    }

    private mutating func places(_ span: Span) -> [String] {
        var conditions: [String] = []
        if let place = span.after {
            let sign = span.isAscending ? ">" : "<"
            conditions.append("(l.last_died_at, l.id) \(sign) (\(bind(.time(place.diedAt))), \(bind(.int64(place.id))))")
        }
        if let bound = span.bound { conditions.append("l.id <= \(bind(.int64(bound)))") }
        if let before = filter.diedBefore { conditions.append("l.last_died_at < \(bind(.time(before)))") }
        if let from = filter.diedFrom { conditions.append("l.last_died_at >= \(bind(.time(from)))") }
        return conditions
    }

    private mutating func others() -> [String] {
        var conditions: [String] = []
        if let olt = filter.olt { conditions.append("l.olt = \(bind(.int64(olt.value)))") }
        if let text = filter.text { conditions.append("l.message ilike \(bind(.text("%\(Self.literal(text.withoutZero))%")))") }
        return conditions
    }

    private static func all(_ conditions: [String]) -> String {
        conditions.isEmpty ? "true" : conditions.joined(separator: " and ")
    }

    /// The text without meaning for `like`.
    private static func literal(_ text: String) -> String {
        text.reduce(into: "") { literal, character in
            if character == "\\" || character == "%" || character == "_" { literal.append("\\") }
            literal.append(character)
        }
    }
}
