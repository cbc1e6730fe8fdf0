/// Blanks comments and string literals of Swift, so that words in prose are not taken for code.
///
/// Line breaks stay where they are. Code inside an interpolation is blanked with its literal.
enum CodeOnly {
    static func of(_ text: String) -> String {
        var reader = Reader(bytes: Array(text.utf8))
        reader.run()
        return String(decoding: reader.output, as: UTF8.self)
    }

    private struct Reader {
        let bytes: [UInt8]
        var output: [UInt8] = []
        private var position = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
            output.reserveCapacity(bytes.count)
        }

        mutating func run() {
            while position < bytes.count {
                if starts(with: "//") {
                    while position < bytes.count, bytes[position] != newline { blank() }
                } else if starts(with: "/*") {
                    blockComment()
                } else if let pounds = literalStart() {
                    literal(pounds: pounds)
                } else {
                    output.append(bytes[position])
                    position += 1
                }
            }
        }

        private var newline: UInt8 { UInt8(ascii: "\n") }
        private var quote: UInt8 { UInt8(ascii: "\"") }

        private func starts(with word: StaticString, at offset: Int = 0) -> Bool {
            let begin = position + offset
            guard begin + word.utf8CodeUnitCount <= bytes.count else { return false }
            return (0..<word.utf8CodeUnitCount).allSatisfy { bytes[begin + $0] == word.utf8Start[$0] }
        }

        private mutating func blank(_ count: Int = 1) {
            for _ in 0..<count where position < bytes.count {
                output.append(bytes[position] == newline ? newline : UInt8(ascii: " "))
                position += 1
            }
        }

        private mutating func blockComment() {
            var depth = 0
            repeat {
                if starts(with: "/*") {
                    depth += 1
                    blank(2)
                } else if starts(with: "*/") {
                    depth -= 1
                    blank(2)
                } else {
                    blank()
                }
            } while depth > 0 && position < bytes.count
        }

        /// The number of `#` before the quote of a literal that begins here; `nil` when none does.
        private func literalStart() -> Int? {
            var pounds = 0
            while position + pounds < bytes.count, bytes[position + pounds] == UInt8(ascii: "#") { pounds += 1 }
            return position + pounds < bytes.count && bytes[position + pounds] == quote ? pounds : nil
        }

        private mutating func literal(pounds: Int) {
            blank(pounds)
            let isLong = starts(with: "\"\"\"")
            let quotes = isLong ? 3 : 1
            blank(quotes)
            while position < bytes.count, !closes(quotes: quotes, pounds: pounds) {
                if !isLong, bytes[position] == newline { return }
                guard escapes(pounds: pounds) else {
                    blank()
                    continue
                }
                blank(1 + pounds)
                if position < bytes.count, bytes[position] == UInt8(ascii: "(") { interpolation() } else { blank() }
            }
            blank(quotes + pounds)
        }

        private func escapes(pounds: Int) -> Bool {
            bytes[position] == UInt8(ascii: "\\") && hashes(after: 1, pounds)
        }

        private func closes(quotes: Int, pounds: Int) -> Bool {
            (0..<quotes).allSatisfy { position + $0 < bytes.count && bytes[position + $0] == quote } && hashes(after: quotes, pounds)
        }

        private func hashes(after offset: Int, _ count: Int) -> Bool {
            (0..<count).allSatisfy { position + offset + $0 < bytes.count && bytes[position + offset + $0] == UInt8(ascii: "#") }
        }

        /// Skips to the parenthesis that closes the one here; literals inside may hold others.
        private mutating func interpolation() {
            var depth = 0
            repeat {
                if let pounds = literalStart() {
                    literal(pounds: pounds)
                    continue
                }
                if bytes[position] == UInt8(ascii: "(") { depth += 1 }
                if bytes[position] == UInt8(ascii: ")") { depth -= 1 }
                blank()
            } while depth > 0 && position < bytes.count
        }
    }
}
