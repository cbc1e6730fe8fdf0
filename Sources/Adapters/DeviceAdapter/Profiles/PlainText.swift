/// Text of any code page, made fit for a page, a log line and a table.
package enum PlainText {
    /// Longest text that is kept, in characters; devices have been seen to send 64 KB.
    package static let charactersMax = 500

    /// Repairs UTF-8, ends at the first zero byte (agents written in C fill texts up), makes every control character and every mark
    /// that turns the direction of writing a space, and takes spaces off both ends.
    package static func read(_ bytes: some Collection<UInt8>) -> String {
        let scalars = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).unicodeScalars
        var text = String.UnicodeScalarView()
        for scalar in scalars { text.append(isPlain(scalar) ? scalar : " ") }
        return trimmed(String(String(text).prefix(charactersMax)))
    }

    /// Whether a reader may show these bytes as text at all.
    package static func isText(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) || $0 == 0x7F }
            && String(validating: bytes, as: UTF8.self) != nil
    }

    package static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        case .format: !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
        default: true
        }
    }
}
