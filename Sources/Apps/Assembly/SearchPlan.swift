import RecordAdapter

/// How the database looks for an ONU.
package enum SearchPlan {
    /// The statement that explains a search, with literals in the places of its parameters; no text has a quote in it.
    package static func explain(exact: [String], pattern: String, limit: Int) -> String {
        let spellings = "array[" + exact.map { "'\($0)'" }.joined(separator: ",") + "]::text[]"
        return "explain (analyze, costs off, timing off) "
            + PostgresONURecord.findStatement.replacing("$1", with: spellings).replacing("$2", with: "'\(pattern)'")
            .replacing("$3", with: "\(limit)")
    }
}
