internal import CLibPQ

/// What one statement answered.
///
/// Rows are read in place, on any thread.
package struct PostgresResult: Sendable {
    let handle: ResultHandle

    /// Rows that INSERT, UPDATE, DELETE, MERGE or SELECT touched.
    package var affected: Int { handle.affected }
    /// The server's word for what it did, such as `INSERT 0 3`.
    package var tag: String { handle.tag }
    package var rows: PostgresRows { PostgresRows(handle: handle) }
}

/// The rows of a result.
package struct PostgresRows: Sendable, RandomAccessCollection {
    let handle: ResultHandle

    package var startIndex: Int { 0 }
    package var endIndex: Int { handle.rowCount }

    package subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "no such row")
        return PostgresRow(handle: handle, index: position)
    }
}

/// One row of a result; keeps the result alive.
package struct PostgresRow: Sendable {
    let handle: ResultHandle
    let index: Int

    package var count: Int { handle.columnCount }

    /// The column at a position, counted from 0.
    package subscript(column: Int) -> PostgresCell {
        precondition(column >= 0 && column < handle.columnCount, "the result has no column \(column)")
        return PostgresCell(handle: handle, row: index, column: column)
    }

    /// The column of a name, as the statement gives it.
    package subscript(name: String) -> PostgresCell {
        let column = handle.column(named: name)
        precondition(column >= 0, "the result has no column \(name)")
        return PostgresCell(handle: handle, row: index, column: column)
    }
}

/// A result of the library; it is read-only after its creation and may change threads (libpq manual, "Behavior in
/// Threaded Programs").
///
/// The address is kept as a number, so that the compiler sees a Sendable value.
@safe
final class ResultHandle: Sendable {
    private let address: UInt

    init(taking result: OpaquePointer) {
        address = UInt(bitPattern: result)
    }

    deinit {
        unsafe PQclear(pointer)
    }

    private var pointer: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    var status: ExecStatusType { unsafe PQresultStatus(pointer) }
    var rowCount: Int { Int(unsafe PQntuples(pointer)) }
    var columnCount: Int { Int(unsafe PQnfields(pointer)) }
    var tag: String { unsafe PQcmdStatus(pointer).map { unsafe String(cString: $0) } ?? "" }
    var affected: Int { unsafe PQcmdTuples(pointer).flatMap { unsafe Int(String(cString: $0)) } ?? 0 }

    func column(named name: String) -> Int { Int(unsafe PQfnumber(pointer, "\"\(name)\"")) }
    func columnName(_ column: Int) -> String { unsafe PQfname(pointer, Int32(column)).map { unsafe String(cString: $0) } ?? "\(column)" }
    func type(of column: Int) -> UInt32 { unsafe PQftype(pointer, Int32(column)) }

    /// The server waits for data, or sends some, outside of results.
    var isCopy: Bool { [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) }

    func isNull(row: Int, column: Int) -> Bool { unsafe PQgetisnull(pointer, Int32(row), Int32(column)) != 0 }

    /// Reads the bytes of a column; `nil` for NULL.
    func read<Value, Failure: Error>(
        row: Int,
        column: Int,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value? {
        if isNull(row: row, column: column) { return nil }
        let start = unsafe PQgetvalue(pointer, Int32(row), Int32(column))
        return try unsafe body(UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, Int32(row), Int32(column)))))
    }

    /// The server's error.
    var error: PostgresError {
        .server(
            sqlState: unsafe text(flotilla_pg_sql_state(pointer)) ?? "XX000",
            message: unsafe text(flotilla_pg_message(pointer)) ?? text(PQresultErrorMessage(pointer)) ?? "unknown error",
            detail: unsafe text(flotilla_pg_detail(pointer)),
            constraint: unsafe text(flotilla_pg_constraint(pointer))
        )
    }

    private func text(_ characters: UnsafePointer<CChar>?) -> String? {
        unsafe characters.map { unsafe String(cString: $0) }
    }
}
