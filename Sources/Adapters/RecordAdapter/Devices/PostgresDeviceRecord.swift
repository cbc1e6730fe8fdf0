package import Domain
import Postgres

/// OLTs in PostgreSQL.
package struct PostgresDeviceRecord: DeviceRecord {
    let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    package func addOLT(
        _ entry: OLTEntry,
        seal: @Sendable (OLTID) throws -> SealedCredentials
    ) async throws(RecordError) -> OLT {
        guard OLT.isName(entry.name) else { throw .noName(operation: "add an OLT") }
        return try await naming(entry.name) { () async throws(RecordError) in
            try await database.write("add an OLT") { connection throws(PostgresError) -> AtAddress<OLT> in
                if let other = try await AddressLock(connection: connection).other(at: entry.address, named: entry.name) {
                    return .taken(entry.address, by: other)
                }
                let olt = try await Self.add(entry, seal: seal, on: connection)
                try await OperationRows(connection: connection).put(entry.operations, of: olt.id)
                return .alone(olt)
            }
        }.get()
    }

    /// Says which name is taken when the record refuses it.
    func naming<Answer>(_ name: String?, _ body: () async throws(RecordError) -> Answer) async throws(RecordError) -> Answer {
        do throws(RecordError) {
            return try await body()
        } catch {
            guard case .conflict = error, let name else { throw error }
            throw .conflict(what: "there is an OLT \"\(name)\" already")
        }
    }

    private static func add(
        _ entry: OLTEntry,
        seal: @Sendable (OLTID) throws -> SealedCredentials,
        on connection: PostgresConnection
    ) async throws(PostgresError) -> OLT {
        let inserted = try await connection.query(
            """
            insert into olts (
                name, host, port, version, profile, pdus_per_second, repetitions_max, attempts, quiet_gap, enabled, labels, sealed, revision
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, ''::bytea, 0)
            returning id
            """,
            [
                .text(entry.name), .text(entry.address.host), .int32(Int32(entry.address.port)), .text(entry.version.rawValue),
                .text(entry.profile), .int32(Int32(entry.limits.pdusPerSecond)), .int32(Int32(entry.limits.repetitionsMax)),
                .int32(Int32(entry.limits.attempts)), .int64(entry.limits.quietGap?.microseconds), .bool(entry.isEnabled),
                .text(OLTRows.text(entry.labels)),
            ]
        )
        let id = OLTID(try inserted.rows[0].int64(0))
        let sealed: SealedCredentials
        do {
            sealed = try seal(id)
        } catch {
            throw .abandoned(reason: "the credentials could not be sealed: \(error)")
        }
        _ = try await connection.query(
            "update olts set sealed = $2, revision = $3 where id = $1",
            [.int64(id.value), .bytes(sealed.bytes), .int32(Int32(sealed.revision))]
        )
        return OLT(
            id: id,
            name: entry.name,
            address: entry.address,
            version: entry.version,
            profile: entry.profile,
            enabled: entry.isEnabled,
            limits: entry.limits,
            credentials: sealed,
            labels: entry.labels
        )
    }

    package func olt(_ nameOrID: String) async throws(RecordError) -> OLTSummary? {
        try await database.read("look up an OLT") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select \(OLTRows.summaryColumns) from olts o where o.id = $1 or ($1::int8 is null and o.name = $2)",
                [.int64(Int64(nameOrID)), .text(nameOrID.withoutZero)]
            )
            return try found.rows.read { row throws(PostgresError) in try OLTRows.summary(&row) }.first
        }
    }

    package func namedOLTs(_ namesOrIDs: Set<String>) async throws(RecordError) -> [String: Admission.NamedOLT] {
        guard !namesOrIDs.isEmpty else { return [:] }
        let found = try await database.read("look up OLTs") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select id, name, enabled from olts where id = any($1) or name = any($2)",
                [.int64s(namesOrIDs.compactMap { Int64($0) }), .texts(namesOrIDs.map(\.withoutZero))]
            )
            return try found.rows.read { row throws(PostgresError) in (id: try row.int64(), name: try row.text(), enabled: try row.bool()) }
        }
        var named: [String: Admission.NamedOLT] = [:]
        for olt in found {
            for text in ["\(olt.id)", olt.name] where namesOrIDs.contains(text) {
                named[text] = .known(OLTID(olt.id), enabled: olt.enabled)
            }
        }
        return named
    }

    package func olts(_ filter: OLTFilter) async throws(RecordError) -> Page<OLTSummary> {
        let limit = min(max(1, filter.limit), 1000)
        let place = Cursor.numberAndText(filter.cursor)
        let chosen: [PostgresValue] = [
            .text(filter.text?.withoutZero.lowercased()), .text(filter.profile?.withoutZero), .bool(filter.isEnabled),
            .text(filter.reach?.rawValue), .text(OLTRows.text(filter.labels)),
        ]
        let (items, total) = try await database.read("list OLTs") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select \(OLTRows.summaryColumns) from olts o
                where \(Self.fitting) and ($6::text is null or (o.name, o.id) > ($6, $7::int8))
                order by o.name, o.id
                limit $8
                """,
                chosen + [.text(place?.text), .int64(place?.number), .int64(Int64(limit + 1))]
            )
            let total = try await connection.query("select count(*) from olts o where \(Self.fitting)", chosen)
            return (
                try found.rows.read { row throws(PostgresError) in try OLTRows.summary(&row) }, Int(try total.rows[0].int64(0))
            )
        }
        let page = Cursor.page(items, limit: limit) { Cursor.text($0.olt.id.value, $0.olt.name) }
        return Page(items: page.items, next: page.next, total: total)
    }

    private static let fitting = """
        ($1::text is null or strpos(lower(o.name), $1) > 0 or strpos(lower(o.host), $1) > 0)
            and ($2::text is null or o.profile = $2 or o.found_profile = $2)
            and ($3::bool is null or o.enabled = $3)
            and ($4::text is null or case o.reachable when true then 'yes' when false then 'no' else 'unknown' end = $4)
            and ($5::text = '{}' or o.labels @> $5::text::jsonb)
        """
}
