import Foundation

/// Relative links of Markdown files lead to files or folders of the tree.
enum LinkRule {
    private static let link = Pattern(#"\]\(([^)\s]+)(?:\s+"[^"]*")?\)"#)

    static func findings(in file: SourceFile, tree: SourceTree) -> [Finding] {
        targets(in: file).compactMap { target, line in
            let path = resolved(target, from: file.path)
            guard !path.isEmpty, !tree.contains(path) else { return nil }
            return Finding(rule: "link", path: file.path, line: line, text: "nothing at \(target)")
        }
    }

    /// Relative targets without their anchors, outside fenced code.
    static func targets(in file: SourceFile) -> [(target: String, line: Int)] {
        var isFenced = false
        var found: [(target: String, line: Int)] = []
        for (index, line) in file.lines.enumerated() {
            if line.trimmingCharacters(in: .whitespaces).hasPrefix("```") { isFenced.toggle() }
            guard !isFenced else { continue }
            for (target, _) in link.captures(in: String(line)) where !target.contains("://") && !target.hasPrefix("mailto:") {
                let path = target.split(separator: "#", omittingEmptySubsequences: false)[0]
                if !path.isEmpty { found.append((String(path), index + 1)) }
            }
        }
        return found
    }

    /// The path from the root; empty for the root itself.
    static func resolved(_ target: String, from file: String) -> String {
        var parts = target.hasPrefix("/") ? [] : file.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/").map(String.init) where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
