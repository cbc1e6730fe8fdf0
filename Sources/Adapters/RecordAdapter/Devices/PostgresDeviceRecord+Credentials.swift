package import Domain
internal import Postgres

extension PostgresDeviceRecord {
    package func changeCredentials(
        of nameOrID: String,
        version: SNMPVersion,
        seal: @Sendable (OLTID, _ revision: Int) throws -> SealedCredentials
    ) async throws(RecordError) -> OLTSummary? {
        try await database.write("change credentials") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select id, revision from olts where id = $1 or ($1::int8 is null and name = $2) for update",
                [.int64(Int64(nameOrID)), .text(nameOrID.withoutZero)]
            )
            let rows = try found.rows.read { row throws(PostgresError) in (id: try row.int64(), revision: try row.whole()) }
            guard let (id, revision) = rows.first else { return nil }
            let sealed: SealedCredentials
            do {
                sealed = try seal(OLTID(id), revision + 1)
            } catch {
                throw .abandoned(reason: "the credentials could not be sealed: \(error)")
            }
            _ = try await connection.query(
                "update olts set version = $2, sealed = $3, revision = $4 where id = $1",
                [.int64(id), .text(version.rawValue), .bytes(sealed.bytes), .int32(Int32(sealed.revision))]
            )
            let changed = try await connection.query("select \(OLTRows.summaryColumns) from olts o where o.id = $1", [.int64(id)])
            return try changed.rows.read { row throws(PostgresError) in try OLTRows.summary(&row) }.first
        }
    }
}
