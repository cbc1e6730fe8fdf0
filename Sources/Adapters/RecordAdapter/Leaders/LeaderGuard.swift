package import Domain
import Postgres

/// Begins every transaction that only a leader may write: no row with its term, no write.
///
/// The row is locked *for key share*: a claim, which locks it for update, waits until the transaction has ended; renewals, which
/// leave the key alone, do not. A leader that is frozen inside a transaction is put out by the server after `idleMax`, so that the next
/// one does not wait for it.
package struct LeaderGuard: Hashable, Sendable {
    /// How long the server waits for the next statement of a leader's transaction.
    static let idleMax: Duration = .seconds(3)

    package let role: LeaderRole
    package let term: Term

    package init(_ role: LeaderRole, term: Term) {
        self.role = role
        self.term = term
    }

    /// Whether the term is the current one, and stays it until the transaction has ended.
    ///
    /// The first statement of a transaction.
    func holds(on connection: PostgresConnection) async throws(PostgresError) -> Bool {
        let found = try await connection.query(Self.sql, parameters)
        return found.rows.count == 1
    }

    /// For pipelines: answers one row while the term is the current one.
    static let sql = """
        select set_config('idle_in_transaction_session_timeout', '\(idleMax.components.seconds)s', true)
        from leaders
        where role = $1 and term = $2 and holder is not null
        for key share
        """

    var parameters: [PostgresValue] { [.text(role.rawValue), .int64(term.value)] }
}
