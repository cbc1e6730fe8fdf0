package import Domain
import Postgres
import Wire

/// Workers in PostgreSQL.
package struct PostgresFleetRecord: FleetRecord {
    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    /// Of each worker the last message of a kind counts; a beat of a worker that never registered is dropped.
    package func note(_ messages: [FleetMessage], now: Timestamp) async throws(RecordError) {
        var registrations: [WorkerID: WorkerRegistration] = [:]
        var beats: [WorkerID: Heartbeat] = [:]
        for message in messages {
            switch message {
            case .registration(let registration):
                registrations[registration.id] = registration
                // An older connection's beat says nothing about this one.
                beats[registration.id] = nil
            case .heartbeat(let beat): beats[beat.worker] = beat
            }
        }
        let joined = registrations.values.sorted { $0.id < $1.id }
        let beating = beats.values.sorted { $0.worker < $1.worker }
        guard !joined.isEmpty || !beating.isEmpty else { return }
        try await database.write("note workers") { connection throws(PostgresError) in
            if !joined.isEmpty {
                _ = try await connection.query(
                    Self.joinSQL,
                    [
                        .texts(joined.map(\.id.text.withoutZero)), .texts(joined.map { Self.text(.registration($0)) }),
                        .time(now), .texts(joined.map { Hand.text($0.numbersInHand) }),
                    ]
                )
            }
            if !beating.isEmpty {
                _ = try await connection.query(
                    Self.beatSQL,
                    [
                        .texts(beating.map(\.worker.text.withoutZero)), .texts(beating.map { Self.text(.heartbeat($0)) }),
                        .texts(beating.map(\.status.rawValue)), .time(now), .texts(beating.map { Hand.text(of: $0) }),
                    ]
                )
            }
        }
    }

    package func workers(now: Timestamp) async throws(RecordError) -> [KnownWorker] {
        try await database.read("list workers") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select registration, beat, last_seen_at, status
                from workers
                where last_seen_at > $1
                order by registered_at desc, id
                """,
                [.time(now - .seconds(86_400))]
            )
            return try found.rows.read { row throws(PostgresError) in try Self.worker(&row) }
        }
    }

    package func markLost(silentSince: Timestamp) async throws(RecordError) -> [WorkerID] {
        let lost = try await database.write(
            "mark workers lost",
            "update workers set status = 'lost' where last_seen_at < $1 and status not in ('lost', 'stopped') returning id",
            [.time(silentSince)]
        )
        do throws(PostgresError) {
            return try lost.rows.read { row throws(PostgresError) in WorkerID(try row.text()) }.sorted()
        } catch {
            throw RecordError(error, during: "read lost workers")
        }
    }

    /// JSON has no place for U+0000 in a row; a worker is not lost for it.
    private static func text(_ message: FleetMessage) -> String {
        String(decoding: FleetCodec.encode(message, as: .json), as: UTF8.self).replacing("\\u0000", with: "\\ufffd")
    }

    private static func worker(_ row: inout RowReader) throws(PostgresError) -> KnownWorker {
        guard case .registration(let registration) = try message(try row.text()) else {
            throw .decoding(column: "registration", reason: "it is no registration")
        }
        var lastBeat: Heartbeat?
        if let text = try row.textIfAny() {
            guard case .heartbeat(let beat) = try message(text) else { throw .decoding(column: "beat", reason: "it is no beat") }
            lastBeat = beat
        }
        return KnownWorker(registration: registration, lastBeat: lastBeat, lastSeenAt: try row.timestamp(), status: try row.word())
    }

    private static func message(_ text: String) throws(PostgresError) -> FleetMessage {
        switch FleetCodec.decode(Array(text.utf8), contentType: WireFormat.json.contentType) {
        case .success(let message): return message
        case .failure(let fault): throw .decoding(column: "message", reason: fault.text)
        }
    }

    private static let joinSQL = """
        insert into workers (id, registration, status, registered_at, last_seen_at, hand)
        select b.id, b.registration::jsonb, 'healthy', $3, $3, b.hand::bigint[]
        from unnest($1::text[], $2::text[], $4::text[]) as b (id, registration, hand)
        on conflict (id) do update set
            registration = excluded.registration, status = excluded.status, last_seen_at = excluded.last_seen_at,
            hand = excluded.hand
        """

    private static let beatSQL = """
        update workers w set beat = b.beat::jsonb, status = b.status, last_seen_at = $4, hand = b.hand::bigint[]
        from unnest($1::text[], $2::text[], $3::text[], $5::text[]) as b (id, beat, status, hand)
        where w.id = b.id
        """
}
