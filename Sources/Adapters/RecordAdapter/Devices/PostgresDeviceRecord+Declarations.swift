package import Domain
internal import Postgres

extension PostgresDeviceRecord {
    package func changeOLT(_ nameOrID: String, _ change: OLTChange, now: Timestamp) async throws(RecordError) -> OLTSummary? {
        guard change.name.map(OLT.isName) ?? true else { throw .noName(operation: "change an OLT") }
        return try await naming(change.name) { () async throws(RecordError) in
            try await database.write("change an OLT") { connection throws(PostgresError) -> AtAddress<OLTSummary?> in
                guard let olt = try await Self.locked(nameOrID, on: connection) else { return .alone(nil) }
                let changed = olt.changed(change)
                if changed.address != olt.address,
                    let other = try await AddressLock(connection: connection).other(at: changed.address, but: olt.id)
                {
                    return .taken(changed.address, by: other)
                }
                if changed != olt { try await Self.write(changed, on: connection) }
                return .alone(try await Self.summary(of: olt.id, on: connection))
            }
        }.get()
    }

    private static func write(_ olt: OLT, on connection: PostgresConnection) async throws(PostgresError) {
        _ = try await connection.query(
            """
            update olts set
                name = $2, host = $3, port = $4, profile = $5, labels = $6::text::jsonb, pdus_per_second = $7, repetitions_max = $8,
                attempts = $9, quiet_gap = $10
            where id = $1
            """,
            [
                .int64(olt.id.value), .text(olt.name), .text(olt.address.host), .int32(Int32(olt.address.port)), .text(olt.profile),
                .text(OLTRows.text(olt.labels)), .int32(Int32(clamping: olt.limits.pdusPerSecond)),
                .int32(Int32(clamping: olt.limits.repetitionsMax)), .int32(Int32(clamping: olt.limits.attempts)),
                .int64(olt.limits.quietGap?.microseconds),
            ]
        )
        // By itself, for its trigger wakes the coordinator.
        _ = try await connection.query(
            "update olts set enabled = $2 where id = $1 and enabled <> $2",
            [.int64(olt.id.value), .bool(olt.enabled)]
        )
    }

    package func removeOLT(_ nameOrID: String) async throws(RecordError) -> OLTRemoval {
        try await database.write("remove an OLT") { connection throws(PostgresError) in
            guard let olt = try await Self.locked(nameOrID, on: connection) else { return .unknown }
            let standing = try await connection.query(
                "select id, count(*) over () from tasks where olt = $1 order by created_at, id limit $2",
                [.int64(olt.id.value), .int64(Int64(OLTRemoval.tasksNamedMax))]
            )
            let tasks = try standing.rows.read { row throws(PostgresError) in (id: try row.taskID(), count: try row.whole()) }
            if let count = tasks.first?.count { return .busy(olt, count: count, tasks: tasks.map(\.id)) }
            _ = try await connection.query("delete from olts where id = $1", [.int64(olt.id.value)])
            _ = try await connection.query("select pg_notify('flotilla_coordinator', $1)", [.text("\(olt.id.value)")])
            return .removed(olt)
        }
    }

    @discardableResult
    package func declare(_ operations: [DeclaredOperation], of olt: OLTID, now: Timestamp) async throws(RecordError) -> Bool {
        try await database.write("declare operations") { connection throws(PostgresError) in
            guard try await Self.locked("\(olt.value)", on: connection) != nil else { return false }
            try await OperationRows(connection: connection).put(operations, of: olt, now: now)
            return true
        }
    }

    @discardableResult
    package func undeclare(_ types: [OperationType], of olt: OLTID) async throws(RecordError) -> [OperationType] {
        let gone = try await database.write(
            "take declarations back",
            "delete from olt_operations where olt = $1 and type = any($2) returning type",
            [.int64(olt.value), .texts(types.map(\.word))]
        )
        do throws(PostgresError) {
            return try gone.rows.read { row throws(PostgresError) in try row.text() }.compactMap(OperationType.init(word:)).sorted()
        } catch {
            throw RecordError(error, during: "take declarations back")
        }
    }

    package func operations(of olts: [OLTID]) async throws(RecordError) -> [OLTID: [DeclaredOperation]] {
        let known = try await declarations(of: Set(olts))
        return Dictionary(uniqueKeysWithValues: known.filter { !$0.operations.isEmpty }.map { ($0.olt, $0.operations) })
    }

    package func declarations(of olts: Set<OLTID>) async throws(RecordError) -> [OLTDeclaration] {
        guard !olts.isEmpty else { return [] }
        return try await database.read("read declarations") { connection throws(PostgresError) in
            let found = try await connection.query(
                OperationRows.declarations(where: "id = any($2)"),
                [OperationRows.ranks, .int64s(olts.sorted().map(\.value))]
            )
            return try found.rows.read { row throws(PostgresError) in
                _ = try row.int64()
                let text = try row.text()
                guard let declaration = OLTDeclaration(canonicalText: text) else {
                    throw .decoding(column: "declaration", reason: "\"\(text)\" cannot be read")
                }
                return declaration
            }
        }
    }

    package func allDeclarations(after olt: OLTID?, limit: Int) async throws(RecordError) -> [OLTDeclarationText] {
        try await database.read("read all declarations") { connection throws(PostgresError) in
            let found = try await connection.query(
                OperationRows.declarations(where: "id > $2 order by id limit $3"),
                [OperationRows.ranks, .int64(olt?.value ?? Int64.min), .int64(Int64(max(0, limit)))]
            )
            return try found.rows.read { row throws(PostgresError) in
                OLTDeclarationText(olt: OLTID(try row.int64()), text: try row.text())
            }
        }
    }

    // MARK: Parts

    /// The OLT, its row locked.
    private static func locked(_ nameOrID: String, on connection: PostgresConnection) async throws(PostgresError) -> OLT? {
        let found = try await connection.query(
            "select \(OLTRows.summaryColumns) from olts o where o.id = $1 or ($1::int8 is null and o.name = $2) for update",
            [.int64(Int64(nameOrID)), .text(nameOrID.withoutZero)]
        )
        return try found.rows.read { row throws(PostgresError) in try OLTRows.summary(&row).olt }.first
    }

    private static func summary(of olt: OLTID, on connection: PostgresConnection) async throws(PostgresError) -> OLTSummary? {
        let found = try await connection.query("select \(OLTRows.summaryColumns) from olts o where o.id = $1", [.int64(olt.value)])
        return try found.rows.read { row throws(PostgresError) in try OLTRows.summary(&row) }.first
    }
}
