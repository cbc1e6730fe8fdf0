package import Domain

extension ProfileShelf {
    /// How many columns each operation reads, by profile: what a duration is guessed from before anything was run.
    ///
    /// Operations that a profile has no column for are missing.
    package var columnCounts: [String: [OperationType: Int]] {
        var counts: [String: [OperationType: Int]] = [:]
        for profile in all {
            var own: [OperationType: Int] = [:]
            for type in OperationType.all {
                let fields: [Profile.Field] =
                    switch type {
                    case .discovery: Profile.Field.allCases.filter { ONUColumn.optics.fields.contains($0) == false && $0 != .distance }
                    case .get(let column): column.fields
                    }
                let count = fields.count { profile.has($0) }
                if count > 0 { own[type] = count }
            }
            counts[profile.name] = own
        }
        return counts
    }
}
