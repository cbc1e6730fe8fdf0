import Testing

/// A small test of the house itself: it reads the source tree and knows no target.
///
/// Where to put what when you change the house:
/// - A new target, or an import it needs: one line in `Rooms.swift`.
/// - A new dangerous word: one entry in `WordRules.swift`, with a line it must find and one it must not.
/// - A finding that is right as it stands: one line with its reason in `Exceptions.swift`; an exception that no longer applies fails
///   too. `Task {` needs no entry there, but a comment `// Unstructured: why` on its line or within the three lines above.
/// - Generated files (`*.pb.swift`) are exempt from everything but the search for machine paths.
@Suite("the house", .timeLimit(.minutes(2)))
struct TidyTests {
    private let tree = SourceTree.house

    @Test("the tree was found, so that an empty one cannot pass")
    func found() {
        #expect(tree.swiftFiles.count > 50)
        #expect(tree.texts.contains { $0.path == "Package.swift" })
    }

    @Test("arrows between targets point the way the house says")
    func arrows() {
        expectNothing(in: tree.swiftFiles.flatMap(ArrowRule.findings))
    }

    @Test("dangerous words stay in their rooms", arguments: WordRule.all)
    func words(_ rule: WordRule) {
        expectNothing(in: tree.swiftFiles.flatMap(rule.findings))
    }

    @Test("every comment that promises later work names its issue")
    func promises() {
        expectNothing(in: tree.texts.flatMap(TextRules.promises))
    }

    @Test("no path of one developer's machine is written down")
    func machinePaths() {
        expectNothing(in: tree.texts.flatMap(TextRules.machinePaths))
    }

    @Test("no folder is named for holding whatever is left over")
    func names() {
        expectNothing(in: NameRule.findings(folders: tree.folders))
    }

    @Test("relative links in the documentation lead somewhere")
    func links() {
        expectNothing(in: tree.texts.filter { $0.path.hasSuffix(".md") }.flatMap { LinkRule.findings(in: $0, tree: tree) })
    }

    @Test("every exception still has something to excuse")
    func exceptions() {
        let raw = tree.swiftFiles.flatMap { file in WordRule.all.flatMap { $0.rawFindings(in: file) } + ArrowRule.rawFindings(in: file) }
        for exception in Exceptions.all where tree.contains(exception.path) {
            #expect(raw.contains { exception.excuses($0) }, "nothing to excuse any more: \(exception)")
        }
    }

    private func expectNothing(in findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
        for finding in findings { Issue.record("\(finding)", sourceLocation: sourceLocation) }
    }
}
