import Domain
import SNMP

/// What a survey meets beside ONUs; kept for inspections only.
struct SurveyNotes {
    private struct Key: Hashable {
        let listing: Int
        let field: Profile.Field
    }

    private struct Count {
        var rows = 0
        var unread = 0
        var examples: [String] = []
    }

    private static let examplesMax = 3
    private static let strangersMax = 20

    private(set) var strangers: [String] = []
    private var counts: [Key: Count] = [:]

    mutating func stranger(_ name: OID) {
        if strangers.count < Self.strangersMax { strangers.append("\(name)") }
    }

    mutating func cell(_ row: VarBind, _ reading: Profile.ValueType.Reading?, _ field: Profile.Field, listing: Int) {
        var count = counts[Key(listing: listing, field: field)] ?? Count()
        count.rows += 1
        if reading == nil {
            count.unread += 1
            let row = RawWalk.Row(row)
            let example = "\(row.type) \"\(row.value)\""
            if count.examples.count < Self.examplesMax, !count.examples.contains(example) { count.examples.append(example) }
        }
        counts[Key(listing: listing, field: field)] = count
    }

    mutating func add(_ other: SurveyNotes) {
        strangers = Array((strangers + other.strangers.filter { !strangers.contains($0) }).prefix(Self.strangersMax))
        counts.merge(other.counts) { first, _ in first }
    }

    func columns(of profile: Profile) -> [Inspection.ColumnNote] {
        profile.listings.enumerated().flatMap { place, listing in
            Profile.Field.allCases.compactMap { field in
                guard let column = listing.columns[field] else { return nil }
                let count = counts[Key(listing: place, field: field)] ?? Count()
                return Inspection.ColumnNote(
                    listing: listing.name,
                    field: field.rawValue,
                    oid: column.oids.map { "\($0)" }.joined(separator: " or "),
                    cost: column.cost.rawValue,
                    isUnverified: column.isUnverified,
                    rows: count.rows,
                    unread: count.unread,
                    examples: count.examples
                )
            }
        }
    }
}
