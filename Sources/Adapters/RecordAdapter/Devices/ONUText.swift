/// The text of an ONU that is searched, spelled as the index over it is.
enum ONUText {
    /// Of a row of `onus`; a line feed stands between, so that nobody's search finds the end of one and the beginning of another.
    static let expression = expression(of: "")

    /// The same of an alias such as `u.`.
    static func expression(of alias: String) -> String {
        let columns = ["serial", "mac", "name", "description"].map { "coalesce(\(alias)\($0), '')" } + ["\(alias)index"]
        return "(" + columns.joined(separator: #" || E'\n' || "#) + ")"
    }

    /// Any text that holds the part; what LIKE reads as a sign is taken literally.
    static func pattern(_ part: String) -> String {
        var pattern = "%"
        for character in part.withoutZero {
            if ["%", "_", "\\"].contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern + "%"
    }
}
