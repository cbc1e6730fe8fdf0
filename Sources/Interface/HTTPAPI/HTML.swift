/// A few pieces of HTML; every text is escaped here and nowhere else.
enum HTML {
    /// A page; it reloads itself every 2 s, unless people fill in forms on it.
    static func document(title: String, reloads: Bool = true, _ parts: [String]) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">\(reloads ? "<meta http-equiv=\"refresh\" content=\"2\">" : "")
        <meta name="viewport" content="width=device-width"><title>\(escaped(title))</title><style>\(style)</style></head>
        <body><h1>\(escaped(title))</h1>
        \(parts.joined(separator: "\n"))
        </body></html>
        """
    }

    static func banner(_ parts: [(name: String, trouble: String?)], version: String) -> String {
        let items = parts.map { part in
            "<span class=\"\(part.trouble == nil ? "ok" : "bad")\">\(escaped(part.name)): \(escaped(part.trouble ?? "answers"))</span>"
        }
        return "<p>\(items.joined(separator: " "))<span>version \(escaped(version))</span></p>"
    }

    static func section(_ title: String, _ content: String) -> String {
        "<section><h2>\(escaped(title))</h2>\(content)</section>"
    }

    static func table(_ head: [String], _ rows: [[String]], empty: String) -> String {
        guard !rows.isEmpty else { return "<p class=\"empty\">\(escaped(empty))</p>" }
        let header = head.map { "<th>\(escaped($0))</th>" }.joined()
        let body = rows.map { row in "<tr>\(row.map { "<td>\(escaped($0))</td>" }.joined())</tr>" }.joined(separator: "\n")
        return "<table><thead><tr>\(header)</tr></thead><tbody>\n\(body)\n</tbody></table>"
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    private static let style = """
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b2733;background:#f7f8f9}
        h1{font-size:1.4rem;margin:0 0 .5rem}h2{font-size:1rem;margin:1.6rem 0 .4rem}
        table{border-collapse:collapse;width:100%;background:#fff}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #e3e7ea}
        th{font-weight:600;color:#54626f}p span{margin-right:1.2rem}.ok{color:#19703b}.bad{color:#b3261e;font-weight:600}.empty{color:#54626f}
        """
}
