import Domain
import Postgres

/// What was done for an OLT that is to be alone at its address.
enum AtAddress<Done: Sendable>: Sendable {
    case alone(Done)
    /// Nothing was done.
    case taken(DeviceAddress, by: String)

    func get() throws(RecordError) -> Done {
        switch self {
        case .alone(let done): return done
        case .taken(let address, let name): throw .conflict(what: "\(address) is the address of OLT \"\(name)\" already")
        }
    }
}

/// One address is entered once, without a unique index: rows from before this rule stay.
struct AddressLock: Sendable {
    let connection: PostgresConnection

    /// Locks the address until the end of the transaction.
    /// - Returns: the name of the OLT that has it; `nil`: nobody but `olt`, or one of this name.
    func other(at address: DeviceAddress, but olt: OLTID? = nil, named name: String? = nil) async throws(PostgresError) -> String? {
        let place: [PostgresValue] = [.text(address.host), .int32(Int32(address.port))]
        _ = try await connection.query("select pg_advisory_xact_lock(hashtextextended(format('olt at %s %s', $1, $2), 0))", place)
        let found = try await connection.query(
            """
            select name from olts
            where host = $1 and port = $2 and id is distinct from $3 and name is distinct from $4
            order by id
            limit 1
            """,
            place + [.int64(olt?.value), .text(name)]
        )
        return try found.rows.read { row throws(PostgresError) in try row.text() }.first
    }
}
