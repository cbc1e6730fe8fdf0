import Foundation
import Testing

/// Every rule finds what it is made to find, in made-up lines.
@Suite("the rules of the house", .timeLimit(.minutes(1)))
struct RuleTests {
    @Test("a word rule finds its bad line and leaves the good one alone", arguments: WordRule.all)
    func words(_ rule: WordRule) {
        func findings(_ line: String) -> [Finding] {
            rule.folders.flatMap { rule.findings(in: SourceFile(path: "\($0)/Room/Made/Up.swift", text: "\n\(line)\n")) }
        }

        #expect(findings(rule.bad).map(\.line) == rule.folders.map { _ in 2 })
        #expect(findings(rule.good).isEmpty)
    }

    @Test("a reason close by excuses an unstructured task")
    func excuse() throws {
        let rule = try #require(WordRule.all.first { $0.name == "unstructured Task" })
        let excused = SourceFile(path: "Sources/A/B.swift", text: "// Unstructured: outlives its caller.\nTask { }\n")
        let tooFar = SourceFile(path: "Sources/A/B.swift", text: "// Unstructured: far away.\n\n\n\n\nTask { }\n")

        #expect(rule.findings(in: excused).isEmpty)
        #expect(rule.findings(in: tooFar).map(\.line) == [6])
    }

    @Test(
        "an arrow that points the wrong way is found",
        arguments: [
            ("Sources/Domain/A.swift", "Foundation"), ("Sources/Domain/A.swift", "Wire"), ("Sources/Domain/A.swift", "Glibc"),
            ("Sources/Application/Orchestration/A.swift", "AMQP"), ("Sources/Application/Operations/A.swift", "Orchestration"),
            ("Sources/Application/WorkerRuntime/A.swift", "Foundation"), ("Sources/Drivers/AMQP/A.swift", "Domain"),
            ("Sources/Drivers/AMQP/A.swift", "CHiredis"), ("Sources/Adapters/LeaseAdapter/A.swift", "CHiredis"),
            ("Sources/Adapters/LeaseAdapter/A.swift", "RecordAdapter"), ("Sources/Interface/HTTPAPI/A.swift", "Postgres"),
            ("Sources/Apps/flotilla/A.swift", "CLinuxIO"), ("Sources/Simulator/OLTSimulator/A.swift", "SNMP"),
            ("Tests/Unit/DomainTests/A.swift", "PrivateServers"), ("Tests/Tidy/TidyTests/A.swift", "Domain"),
        ]
    )
    func arrows(path: String, module: String) {
        #expect(ArrowRule.findings(in: SourceFile(path: path, text: "package import \(module)\n")).map(\.line) == [1])
    }

    @Test("arrows that point down are fine")
    func goodArrows() {
        let file = SourceFile(
            path: "Sources/Adapters/BrokerAdapter/A.swift",
            text: "import AMQP\npackage import Domain\nimport struct Wire.Frame\n"
        )

        #expect(file.imports.map(\.module) == ["AMQP", "Domain", "Wire"])
        #expect(ArrowRule.findings(in: file).isEmpty)
    }

    @Test("a folder that the table of rooms forgot is found")
    func unknownRoom() {
        #expect(ArrowRule.findings(in: SourceFile(path: "Sources/Attic/A.swift", text: "")).count == 1)
    }

    @Test("no line of the table lifts the rules of the towers")
    func table() {
        for room in Room.all {
            let broken = room.ours.union(room.outside ?? []).filter { ArrowRule.breaksTowers("\(room.folder)/A.swift", $0) }
            #expect(broken.isEmpty, "\(room.folder): \(broken.sorted())")
        }
    }

    @Test("an exception is for one rule, and one file or one folder")
    func exceptions() {
        let finding = Finding(rule: "print", path: "Sources/A/B/C.swift", line: 1, text: "")

        #expect(Exception("print", in: "Sources/A/B/C.swift", because: "").excuses(finding))
        #expect(Exception("print", in: "Sources/A/", because: "").excuses(finding))
        #expect(!Exception("print", in: "Sources/A", because: "").excuses(finding))
        #expect(!Exception("print", in: "Sources/D/", because: "").excuses(finding))
        #expect(!Exception("try!", in: "Sources/A/B/C.swift", because: "").excuses(finding))
    }

    @Test("a promise needs its issue")
    func promises() {
        func findings(_ text: String) -> Int { TextRules.promises(in: SourceFile(path: "a.c", text: text)).count }

        #expect(findings("// TO" + "DO: later") == 1)
        #expect(findings("# FIX" + "ME") == 1)
        #expect(findings("// TO" + "DO(#17): later") == 0)
    }

    @Test("a machine's path is found in prose and code")
    func machinePaths() {
        func findings(_ text: String) -> Int { TextRules.machinePaths(in: SourceFile(path: "a.md", text: text)).count }

        #expect(findings("see `/wo" + "rk/main/README.md`") == 1)
        #expect(findings("cd /tm" + "p/b-x") == 1)
        #expect(findings("GET https://host/ho" + "me/x, flotilla/wo" + "rk/main") == 0)
    }

    @Test("a folder for whatever is left over is found")
    func names() {
        #expect(NameRule.findings(folders: ["Sources/Domain/Helpers", "Sources/Domain/Values", "Sources/Core"]).count == 2)
    }

    @Test("links resolve from their file, anchors and fences aside")
    func links() {
        let file = SourceFile(
            path: "docs/a/b.md",
            text: "[x](../c.md#top) [y](https://example.org/z) [z](#here)\n```\n[n](no.md)\n```\n![i](./i.png \"title\")\n"
        )

        #expect(LinkRule.targets(in: file).map(\.target) == ["../c.md", "./i.png"])
        #expect(LinkRule.targets(in: file).map(\.line) == [1, 5])
        #expect(LinkRule.resolved("../c.md", from: file.path) == "docs/c.md")
        #expect(LinkRule.resolved("./i.png", from: file.path) == "docs/a/i.png")
        #expect(LinkRule.findings(in: file, tree: SourceTree.house).count == 2)
    }

    @Test("comments and literals are no code, but keep their lines")
    func codeOnly() {
        let text = #"""
            let a = "print(1) \(f("x)")) try!" // as!
            /* try! /* nested */ as! */ let b = 2
            let c = #"raw \ " print( "# + d
            """#

        let code = CodeOnly.of(text)

        #expect(code.split(separator: "\n").count == 3)
        #expect(!code.contains("print") && !code.contains("try!") && !code.contains("as!"))
        #expect(code.contains("let b = 2") && code.contains("+ d"))

        #expect(CodeOnly.of("let s = \"\"\"\n  print(\"x\")\n  \"\"\"\nlet t = 1").contains("let t = 1"))
    }
}
