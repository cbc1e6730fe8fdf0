import Domain
import Postgres

/// Letters from rows, with the copy that came back on the dead-letter queue if they have no bytes of their own.
enum LetterRows {
    static let select = """
        select l.id, l.task, l.number, l.kind, l.reason, l.error_class, l.message, l.attempts, l.first_died_at, l.last_died_at,
            l.retried_as, l.state, coalesce(l.body, e.body), case when l.body is null then e.content_type else l.content_type end
        from letters l
        left join evidence e on e.number = l.number
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> Letter {
        Letter(
            id: try row.int64(),
            task: try row.taskIDIfAny(),
            number: try row.numberIfAny(),
            kind: try row.textIfAny(),
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
