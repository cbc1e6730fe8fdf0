import Domain
import Postgres

/// Letters from rows.
enum LetterRows {
    /// Of `letters l`, without the bytes.
    static let columns = """
        l.id, l.task, l.number, l.kind, l.class, l.priority, l.olt, l.reason, l.error_class, l.message, l.attempts, l.first_died_at, \
        l.last_died_at, l.retried_as, l.state, null::bytea, l.content_type
        """

    /// One letter, with the copy that came back on the dead-letter queue if it has no bytes of its own.
    static let whole = """
        select l.id, l.task, l.number, l.kind, l.class, l.priority, l.olt, l.reason, l.error_class, l.message, l.attempts, l.first_died_at,
            l.last_died_at, l.retried_as, l.state, coalesce(l.body, e.body), case when l.body is null then e.content_type else l.content_type end
        from letters l
        left join evidence e on e.number = l.number
        where l.id = $1
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> Letter {
        Letter(
            id: try row.int64(),
            task: try row.taskIDIfAny(),
            number: try row.numberIfAny(),
            kind: try row.textIfAny(),
            taskClass: try row.codeIfAny(),
            priority: try row.codeIfAny(),
            olt: try row.oltIfAny(),
            reason: try row.word(),
            errorClass: try row.textIfAny(),
            message: try row.text(),
            attempts: try row.whole(),
            firstDiedAt: try row.timestamp(),
            lastDiedAt: try row.timestamp(),
            retriedAs: try row.taskIDIfAny(),
            state: try row.word(),
            body: try row.bytesIfAny(),
            contentType: try row.textIfAny()
        )
    }
}
