import Foundation

/// A regular expression that tells lines instead of offsets.
struct Pattern: @unchecked Sendable, CustomStringConvertible {
    let description: String
    private let expression: NSRegularExpression?

    /// An expression that cannot be read matches nothing, which the rules' own tests notice.
    init(_ text: String) {
        description = text
        expression = try? NSRegularExpression(pattern: text, options: [.anchorsMatchLines])
    }

    func matches(_ text: String) -> Bool { !offsets(in: text).isEmpty }

    /// Line numbers, from 1, on which a match ends its first word: leading white space belongs to no line.
    func offsets(in text: String) -> [Int] { found(in: text, group: 0).map(\.line) }

    /// What the first group matched, with its line.
    func captures(in text: String) -> [(text: String, line: Int)] {
        found(in: text, group: 1)
    }

    private func found(in text: String, group: Int) -> [(text: String, line: Int)] {
        guard let expression else { return [] }
        let whole = text as NSString
        var line = 1
        var seen = 0
        return expression.matches(in: text, range: NSRange(location: 0, length: whole.length)).map { match in
            let range = match.range(at: group)
            let before = whole.substring(with: NSRange(location: seen, length: range.location - seen))
            line += before.utf8.count { $0 == UInt8(ascii: "\n") }
            seen = range.location
            return (whole.substring(with: range), line)
        }
    }
}
