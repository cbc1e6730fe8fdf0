/// Links and forms; every text is escaped by `HTML.escaped`.
extension HTML {
    static func link(_ address: String, _ text: String) -> String {
        "<p><a href=\"\(escaped(address))\">\(escaped(text))</a></p>"
    }

    /// A table whose first column leads somewhere.
    static func linkTable(_ head: [String], _ rows: [(address: String, cells: [String])], empty: String) -> String {
        guard !rows.isEmpty else { return "<p class=\"empty\">\(escaped(empty))</p>" }
        let header = head.map { "<th>\(escaped($0))</th>" }.joined()
        let body = rows.map { row in
            let first = "<td><a href=\"\(escaped(row.address))\">\(escaped(row.cells.first ?? ""))</a></td>"
            return "<tr>\(first)\(row.cells.dropFirst().map { "<td>\(escaped($0))</td>" }.joined())</tr>"
        }
        return "<table><thead><tr>\(header)</tr></thead><tbody>\n\(body.joined(separator: "\n"))\n</tbody></table>"
    }

    static func text(_ text: String) -> String { "<pre>\(escaped(text))</pre>" }

    static func input(_ name: String, _ value: String) -> String {
        "<label>\(escaped(name)) <input name=\"\(escaped(name))\" value=\"\(escaped(value))\" size=\"12\"></label>"
    }

    /// A form that sends these fields, and `inputs` as they were filled in.
    static func form(_ address: String, _ fields: [(String, String)], button: String, inputs: String = "") -> String {
        let hidden = fields.map { "<input type=\"hidden\" name=\"\(escaped($0.0))\" value=\"\(escaped($0.1))\">" }.joined()
        return "<form method=\"post\" action=\"\(escaped(address))\">\(hidden)\(inputs) <button>\(escaped(button))</button></form>"
    }
}
