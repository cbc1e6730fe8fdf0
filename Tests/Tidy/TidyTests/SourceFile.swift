import Foundation

/// One text with what the rules ask of it.
struct SourceFile: Sendable {
    /// Relative to the package's root, with slashes.
    let path: String
    let text: String
    /// The text with comments and string literals blanked, line for line; the text itself unless it is Swift.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = path.hasSuffix(".swift") ? CodeOnly.of(text) : text
    }

    var isGenerated: Bool { path.hasSuffix(".pb.swift") }

    /// Lines as written; `lines[0]` is line 1.
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The numbers of the lines on which a pattern begins to match, in code or in the whole text.
    func lineNumbers(of pattern: Pattern, in content: KeyPath<SourceFile, String> = \.code) -> [Int] {
        pattern.offsets(in: self[keyPath: content])
    }

    /// The line as written, without its indentation.
    func line(_ number: Int) -> String {
        let lines = lines
        return lines.indices.contains(number - 1) ? lines[number - 1].trimmingCharacters(in: .whitespaces) : ""
    }

    /// Modules this file imports, with their lines.
    var imports: [(module: String, line: Int)] {
        Self.importLine.captures(in: code).map { (module: $0.text, line: $0.line) }
    }

    private static let importLine = Pattern(
        #"^[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:package|internal|fileprivate|private|public)\s+)?import\s+"#
            + #"(?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)?(\w+)"#
    )
}
