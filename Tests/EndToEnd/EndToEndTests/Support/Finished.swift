import Foundation
import PrivateServers
import TestSupport

/// A program that has ended: how, and what it wrote.
struct Finished: CustomStringConvertible {
    let status: ProcessExit
    let out: String
    let err: String

    var description: String { "\(status)\n--- out\n\(out.suffix(3000))\n--- err\n\(err.suffix(3000))" }

    /// Runs a program to its end; after `limit` it is killed and the test fails.
    static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String],
        within limit: Duration = .seconds(30)
    ) async throws -> Finished {
        let scratch = try ScratchFolder("run")
        // The shell only parts the two outputs; then it is the program.
        let child = ChildProcess(
            ChildProcess.Command(
                "/bin/sh",
                ["-c", #"err=$1; shift; exec "$@" 2>"$err""#, "run", scratch.file("err"), program] + arguments,
                environment: environment,
                log: scratch.file("out")
            )
        )
        try child.start()
        defer { child.kill() }
        let what = "the end of \(URL(fileURLWithPath: program).lastPathComponent) \(arguments.joined(separator: " "))"
        let status = try await eventually(what, within: limit, poll: .milliseconds(5)) { child.exitStatus }
        return Finished(status: status, out: try scratch.text("out"), err: try scratch.text("err"))
    }

    func decoded<Shape: Decodable>(as shape: Shape.Type = Shape.self) throws -> Shape {
        do {
            return try JSONDecoder().decode(shape, from: Data(out.utf8))
        } catch {
            throw NotAsExpected("\(error) in \(self)")
        }
    }
}

/// An answer that a test cannot go on with.
struct NotAsExpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension ScratchFolder {
    /// The content of a file inside; empty when it is not there.
    func text(_ name: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: file(name)) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
