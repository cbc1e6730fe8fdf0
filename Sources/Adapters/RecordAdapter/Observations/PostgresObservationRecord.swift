package import Domain
import Postgres

/// In PostgreSQL what the instances observed of the broker: any of them may read the outcomes, so the one that waits asks here.
package struct PostgresObservationRecord: ObservationRecord {
    /// Markers of processes that have been gone this long are forgotten.
    private static let kept: Duration = .seconds(86_400)

    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    package func note(_ markers: [OutcomeMarker], now: Timestamp) async throws(RecordError) {
        let values = Dictionary(markers.map { ($0.observer.withoutZero, $0.value) }, uniquingKeysWith: max).sorted { $0.key < $1.key }
        guard !values.isEmpty else { return }
        _ = try await database.write(
            "note markers",
            """
            with forgotten as (delete from markers where noted_at < $4)
            insert into markers (observer, value, noted_at)
            select b.observer, b.value, $3 from unnest($1::text[], $2::int8[]) as b (observer, value)
            on conflict (observer) do update set value = greatest(markers.value, excluded.value), noted_at = excluded.noted_at
            """,
            [.texts(values.map(\.key)), .int64s(values.map(\.value)), .time(now), .time(now - Self.kept)]
        )
    }

    package func lastMarker(of observer: String) async throws(RecordError) -> Int64? {
        try await database.read("look for a marker") { connection throws(PostgresError) in
            let found = try await connection.query("select value from markers where observer = $1", [.text(observer)])
            return try found.rows.read { row throws(PostgresError) in try row.int64() }.first
        }
    }
}
