import Domain
import Postgres

/// Declared operations as rows.
struct OperationRows: Sendable {
    let connection: PostgresConnection

    /// Writes operations, each over the one of its type; what is the same stays untouched.
    func put(_ operations: [DeclaredOperation], of olt: OLTID, now: Timestamp? = nil) async throws(PostgresError) {
        let last = Dictionary(operations.map { ($0.type, $0) }, uniquingKeysWith: { $1 }).values.sorted { $0.type < $1.type }
        guard !last.isEmpty else { return }
        _ = try await connection.query(
            """
            insert into olt_operations as o (olt, type, enabled, per_period, every, timeout, changed_at)
            select $1, b.type, b.enabled, b.per_period, b.every, b.timeout, coalesce($7, now())
            from unnest($2::text[], $3::bool[], $4::int4[], $5::int8[], $6::int8[]) as b (type, enabled, per_period, every, timeout)
            on conflict (olt, type) do update set
                enabled = excluded.enabled, per_period = excluded.per_period, every = excluded.every, timeout = excluded.timeout,
                changed_at = excluded.changed_at
            where (o.enabled, o.per_period, o.every, o.timeout)
                is distinct from (excluded.enabled, excluded.per_period, excluded.every, excluded.timeout)
            """,
            [
                .int64(olt.value), .texts(last.map(\.type.word)), .bools(last.map(\.isEnabled)), .int32s(last.map(\.cadence.times)),
                .int64s(last.map(\.cadence.span)), .int64s(last.map { $0.timeout?.microseconds }), .time(now),
            ]
        )
    }

    /// The types by rank, as a parameter: the rank of one that is not among them is unknown to this version, and so is its operation.
    static let ranks = PostgresValue.texts(OperationType.all.sorted().map(\.word))

    /// `OLTDeclaration.canonicalText`, made where the rows are.
    ///
    /// `$1` is `ranks`; `chosen` chooses of `olts`, in order of its id. OLT by OLT: for a page of 1,000 of 50,000 a join reads all operations.
    static func declarations(where chosen: String) -> String {
        """
        select o.id, o.id || case when o.enabled then ' on' else ' off' end || coalesce(d.text, '')
        from (select id, enabled from olts where \(chosen)) as o
        cross join lateral (
            select string_agg(
                '; ' || p.type || case when p.enabled then ' on ' else ' off ' end
                    || coalesce(p.per_period || '/period', 'every=' || p.every) || coalesce(' timeout=' || p.timeout, ''),
                '' order by array_position($1::text[], p.type)
            ) as text
            from olt_operations p
            where p.olt = o.id and p.type = any($1::text[])
        ) as d
        order by o.id
        """
    }
}

extension Cadence {
    fileprivate var times: Int32? {
        switch self {
        case .perPeriod(let times): Int32(clamping: times)
        case .every: nil
        }
    }

    fileprivate var span: Int64? {
        switch self {
        case .perPeriod: nil
        case .every(let span): span.microseconds
        }
    }
}
