package import Domain
internal import Postgres

extension PostgresDeviceRecord: SealedRecord {
    package func sealed(after olt: OLTID?, limit: Int) async throws(RecordError) -> [SealedOLT] {
        try await database.read("list sealed credentials") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select id, name, sealed, revision from olts where $1::int8 is null or id > $1 order by id limit $2",
                [.int64(olt?.value), .int64(Int64(limit))]
            )
            return try found.rows.read { row throws(PostgresError) in
                let id = OLTID(try row.int64())
                let name = try row.text()
                return SealedOLT(
                    olt: id,
                    name: name,
                    credentials: SealedCredentials(bytes: try row.bytes(), revision: try row.whole())
                )
            }
        }
    }

    package func reseal(_ olt: OLTID, from old: SealedCredentials, to new: SealedCredentials) async throws(RecordError) -> Bool {
        let changed = try await database.write(
            "seal credentials again",
            "update olts set sealed = $4 where id = $1 and sealed = $2 and revision = $3 returning id",
            [.int64(olt.value), .bytes(old.bytes), .int32(Int32(old.revision)), .bytes(new.bytes)]
        )
        return changed.rows.count == 1
    }

    package func sealedUnderWay() async throws(RecordError) -> Int {
        try await database.read("count tasks with sealed credentials") { connection throws(PostgresError) in
            let counted = try await connection.query(
                "select count(*) from tasks where state = $1 and olt is not null",
                [.int16(TaskState.queued.rawValue)]
            )
            return Int(try counted.rows[0].int64(0))
        }
    }
}
