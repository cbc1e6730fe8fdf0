/// Words that are dangerous in some rooms.
struct WordRule: Sendable {
    let name: String
    let pattern: Pattern
    /// Folders the rule is for.
    var folders = ["Sources", "Tests"]
    /// Folders inside those where the word is at home.
    var atHome: [String] = []
    /// A comment that excuses the word, on its line or within the three lines above.
    var excuse: String?
    /// A line the rule must find.
    let bad: String
    /// A line much like it that the rule must leave alone.
    let good: String

    static let all: [WordRule] = [
        WordRule(
            name: "print",
            pattern: Pattern(#"(?<![.\w])(?:print|debugPrint|NSLog)\("#),
            atHome: ["Sources/Apps"],
            bad: #"print("hello")"#,
            good: #"printer.print(page)  // print("hello")"#
        ),
        WordRule(name: "try!", pattern: Pattern(#"\btry!"#), bad: "let a = try! b()", good: "let a = try b()"),
        WordRule(name: "as!", pattern: Pattern(#"\bas!"#), bad: "let a = b as! C", good: "let a = b as C"),
        WordRule(
            name: "unchecked Sendable",
            pattern: Pattern(#"@unchecked\s+Sendable"#),
            bad: "final class A: @unchecked Sendable {",
            good: "final class A: Sendable {"
        ),
        WordRule(
            name: "nonisolated(unsafe)",
            pattern: Pattern(#"\bnonisolated\(unsafe\)"#),
            bad: "nonisolated(unsafe) var a = 1",
            good: "nonisolated var a: Int { 1 }"
        ),
        WordRule(name: "Task.detached", pattern: Pattern(#"\bTask\.detached\b"#), bad: "Task.detached { }", good: "task.detached()"),
        WordRule(
            name: "unstructured Task",
            pattern: Pattern(#"(?<![.\w])(?:_Concurrency\.)?Task(?:<[^>]*>)?(?:\([^)]*\))?\s*\{"#),
            folders: ["Sources"],
            excuse: "// Unstructured: ",
            bad: "let a = Task { await b() }",
            good: "group.addTask { await b() }"
        ),
        WordRule(
            name: "Task.sleep",
            pattern: Pattern(#"\bTask\.sleep\("#),
            folders: ["Sources"],
            atHome: ["Sources/Apps"],
            bad: "try await Task.sleep(for: .seconds(1))",
            good: "try await clock.sleep(for: .seconds(1))"
        ),
        WordRule(
            name: "sleeping test",
            pattern: Pattern(#"\b(?:Task|Thread|[A-Za-z]*[cC]lock(?:\(\))?)\.sleep\(|(?<![.\w])(?<!func )(?:u|nano)?sleep\("#),
            folders: ["Tests"],
            bad: "try await Task.sleep(for: .seconds(1))",
            good: "func sleep(for span: Duration) async throws"
        ),
        WordRule(
            name: "public",
            pattern: Pattern(
                #"^[ \t]*(?:@\w+\s+)*(?:final\s+)?(?:public|open)\s+(?:\w+\s+)*(?:class|struct|enum|actor|protocol|func|var|let|init)\b"#
            ),
            bad: "public struct A {",
            good: "package struct A { let public = 1 }"
        ),
        WordRule(
            name: "public import",
            pattern: Pattern(#"^[ \t]*public\s+import\b"#),
            bad: "public import Domain",
            good: "package import Domain"
        ),
    ]

    func findings(in file: SourceFile) -> [Finding] {
        rawFindings(in: file).filter { !Exceptions.excuse($0) }
    }

    func rawFindings(in file: SourceFile) -> [Finding] {
        func lies(in folder: String) -> Bool { file.path.hasPrefix("\(folder)/") }
        guard folders.contains(where: lies), !atHome.contains(where: lies) else { return [] }
        return file.lineNumbers(of: pattern)
            .filter { !isExcused(file, line: $0) }
            .map { Finding(rule: name, path: file.path, line: $0, text: file.line($0)) }
    }

    private func isExcused(_ file: SourceFile, line: Int) -> Bool {
        guard let excuse else { return false }
        return (max(1, line - 3)...line).contains { file.line($0).contains(excuse) }
    }
}
