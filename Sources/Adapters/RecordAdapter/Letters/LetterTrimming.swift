import Domain
import Postgres

/// Keeps the letters and what belongs to them bounded, in small transactions.
struct LetterTrimming: Sendable {
    /// Rows removed in one transaction.
    private static let chunk = 1000

    let database: RecordDatabase
    let now: Timestamp

    func run(_ keeping: LetterKeeping) async throws(RecordError) -> [LetterTrim] {
        let trims = try await batchIsUnderWay() ? [] : trimLetters(keeping)
        try await trimEvidence(keeping)
        try await trimBatches(keeping)
        return trims
    }

    // MARK: Letters

    private func trimLetters(_ keeping: LetterKeeping) async throws(RecordError) -> [LetterTrim] {
        var trims: [LetterTrim] = []
        for group in try await fullGroups(keeping) {
            let trim = try await trim(group, keeping)
            if trim.removed > 0 { trims.append(trim) }
        }
        return trims
    }

    /// Letters that an order still means are not taken from under it.
    private func batchIsUnderWay() async throws(RecordError) -> Bool {
        try await database.read("look for running batches") { connection throws(PostgresError) in
            try await connection.query(
                "select exists (select from letter_batches where state = 'running' and created_at > $1)",
                [.time(now - .seconds(3600))]
            ).rows[0].bool(0)
        }
    }

    /// Groups that have more letters than are kept, as the tallies tell.
    private func fullGroups(_ keeping: LetterKeeping) async throws(RecordError) -> [LetterTrim.Group] {
        try await database.read("look for letters that are too many") { connection throws(PostgresError) in
            let classes = try await connection.query(
                "select class from letter_tallies where kind <> all($1) group by class having sum(count) > $2 order by class",
                [.texts(keeping.perKind.keys.sorted()), .int64(Int64(keeping.perClass))]
            )
            let kinds = try await connection.query(
                "select kind, sum(count)::int8 from letter_tallies where kind = any($1) group by kind order by kind",
                [.texts(keeping.perKind.keys.sorted())]
            )
            let fullClasses = try classes.rows.read { row throws(PostgresError) in
                LetterTrim.Group.taskClass(TaskClass(rawValue: Int16(truncatingIfNeeded: try row.int64())))
            }
            let counts = try kinds.rows.read { row throws(PostgresError) in (kind: try row.text(), count: try row.whole()) }
            let fullKinds = counts.filter { $0.count > keeping.perKind[$0.kind] ?? .max }.map { LetterTrim.Group.kind($0.kind) }
            return fullClasses + fullKinds
        }
    }

    private func trim(_ group: LetterTrim.Group, _ keeping: LetterKeeping) async throws(RecordError) -> LetterTrim {
        let condition: String
        let parameters: [PostgresValue]
        let kept: Int
        switch group {
        case .taskClass(let taskClass):
            condition = "coalesce(l.class, -1) = $1 and coalesce(l.kind, '') <> all($2)"
            parameters = [.int16(taskClass?.rawValue ?? -1), .texts(keeping.perKind.keys.sorted())]
            kept = keeping.perClass
        case .kind(let kind):
            condition = "coalesce(l.kind, '') = $1 and $2::text[] is not null"
            parameters = [.text(kind), .texts([])]
            kept = keeping.perKind[kind] ?? keeping.perClass
        }
        guard let boundary = try await boundary(condition, parameters, kept) else { return LetterTrim(group: group, removed: 0, open: 0) }
        var removed = 0
        var open = 0
        while !Task.isCancelled {
            let gone = try await remove(condition, parameters, boundary)
            removed += gone.removed
            open += gone.open
            if gone.removed < Self.chunk { break }
        }
        return LetterTrim(group: group, removed: removed, open: open)
    }

    /// The newest letter that is one too many.
    private func boundary(_ condition: String, _ parameters: [PostgresValue], _ kept: Int) async throws(RecordError) -> LetterPlace? {
        try await database.read("look where letters are too old") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select last_died_at, id from letters l where \(condition) order by last_died_at desc, id desc offset $3 limit 1",
                parameters + [.int64(Int64(kept))]
            )
            return try found.rows.read { row throws(PostgresError) in LetterPlace(diedAt: try row.timestamp(), id: try row.int64()) }.first
        }
    }

    private func remove(
        _ condition: String,
        _ parameters: [PostgresValue],
        _ boundary: LetterPlace
    ) async throws(RecordError) -> (removed: Int, open: Int) {
        try await database.write("remove old letters") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                with old as (
                    select l.id
                    from letters l
                    where \(condition) and (l.last_died_at, l.id) <= ($3, $4)
                    order by l.last_died_at, l.id
                    limit $5
                    for update skip locked
                ),
                gone as (delete from letters l using old where l.id = old.id returning l.number, l.state),
                bare as (delete from evidence e using gone where e.number = gone.number)
                select count(*), count(*) filter (where state = 'dead') from gone
                """,
                parameters + [.time(boundary.diedAt), .int64(boundary.id), .int64(Int64(Self.chunk))]
            )
            return (Int(try found.rows[0].int64(0)), Int(try found.rows[0].int64(1)))
        }
    }

    // MARK: What belongs to them

    /// Copies of messages whose number has no letter: outcomes that came after all, old numbers.
    private func trimEvidence(_ keeping: LetterKeeping) async throws(RecordError) {
        let oldest = try await database.read("look for old evidence") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select noted_at from evidence order by noted_at desc offset $1 limit 1",
                [.int64(Int64(keeping.evidenceMax))]
            )
            let tooMany = try found.rows.read { row throws(PostgresError) in try row.timestamp() }.first
            return max(now - keeping.evidenceFor, tooMany ?? Timestamp(microseconds: .min))
        }
        while !Task.isCancelled {
            let removed = try await database.write(
                "remove old evidence",
                """
                delete from evidence
                where number in (
                    select e.number
                    from evidence e
                    where e.noted_at <= $1 and not exists (select from letters l where l.number = e.number)
                    order by e.noted_at
                    limit $2
                    for update skip locked
                )
                """,
                [.time(oldest), .int64(Int64(Self.chunk))]
            )
            if removed.affected < Self.chunk { break }
        }
    }

    private func trimBatches(_ keeping: LetterKeeping) async throws(RecordError) {
        _ = try await database.write(
            "remove old batches",
            """
            delete from letter_batches
            where state <> 'running' and id <= (select id from letter_batches order by id desc offset $1 limit 1)
            """,
            [.int64(Int64(keeping.batchesMax))]
        )
    }
}
