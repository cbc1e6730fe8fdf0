import Foundation
import PrivateServers
import TestSupport
import Testing

/// Children start where and as they are told, and end when they are told.
@Suite("child processes", .timeLimit(.minutes(1)))
struct ChildProcessTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder("child")
    }

    private func shell(_ script: String) -> ChildProcess.Command {
        ChildProcess.Command("sh", ["-c", script], environment: ["WORD": "seven"], folder: scratch.path)
    }

    @Test("folder, environment and output are those of the command")
    func setting() async throws {
        let text = try await Run.output(of: shell("pwd; echo $WORD; id -un"), in: scratch)

        #expect(text.split(separator: "\n").prefix(2) == [Substring(scratch.path), "seven"])
    }

    @Test("input comes from the file named")
    func input() async throws {
        var command = ChildProcess.Command("cat")
        command.input = try scratch.write("written before\n", to: "input")

        #expect(try await Run.output(of: command, in: scratch) == "written before\n")
    }

    @Test("the exit status tells code and signal apart", arguments: [("exit 3", ProcessExit.code(3)), ("kill -9 $$", .signal(SIGKILL))])
    func status(script: String, expected: ProcessExit) async throws {
        let child = ChildProcess(shell(script))
        try child.start()

        #expect(await child.exited == expected)
        #expect(!child.isRunning)
    }

    @Test("an orderly end is asked for first")
    func orderly() async throws {
        let child = ChildProcess(shell("trap 'exit 5' TERM; touch ready; while :; do sleep 0.05; done"))
        try child.start()
        try await eventually("the trap is set") { FileManager.default.fileExists(atPath: scratch.file("ready")) }

        #expect(await child.stop() == .code(5))
    }

    @Test("a child that ignores the request is killed with its descendants after the grace")
    func stubborn() async throws {
        let child = ChildProcess(shell("trap '' TERM; setsid sleep 300 & touch ready; while :; do sleep 0.05; done"))
        try child.start()
        try await eventually("the trap is set") { FileManager.default.fileExists(atPath: scratch.file("ready")) }
        let descendants = ProcessTree.descendants(of: try #require(child.pid))

        #expect(await child.stop(grace: .milliseconds(100)) == .signal(SIGKILL))
        try await eventually("the descendants are gone") { descendants.filter(ProcessTree.isAlive).isEmpty }
    }

    @Test("a frozen child can be stopped in good order")
    func frozen() async throws {
        let child = ChildProcess(shell("trap 'exit 5' TERM; touch ready; while :; do sleep 0.05; done"))
        try child.start()
        try await eventually("the trap is set") { FileManager.default.fileExists(atPath: scratch.file("ready")) }

        child.signal(.stop)

        #expect(await child.stop() == .code(5))
    }

    @Test("a child inherits no descriptor beyond the first three")
    func descriptors() async throws {
        let leaky = open("/dev/null", O_RDONLY)
        defer { close(leaky) }

        let text = try await Run.output(of: ChildProcess.Command("ls", ["/proc/self/fd"]), in: scratch)

        // The fourth is the one with which ls reads that folder.
        #expect(text.split(separator: "\n").count == 4)
    }

    @Test("what a child leaves in its group goes with it")
    func leftovers() async throws {
        let pidFile = scratch.file("pid")
        let child = ChildProcess(shell("sleep 300 & echo $! >\(pidFile)"))
        try child.start()

        #expect(await child.exited == .code(0))
        let left = try #require(Int32(String(contentsOfFile: pidFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        try await eventually("it is gone") { !ProcessTree.isAlive(left) }
    }

    @Test("a program that is not there is an error, not an exit code")
    func missing() {
        #expect(throws: ServerError.programMissing(program: "no-such-program", package: nil)) {
            try ChildProcess(.init("no-such-program")).start()
        }
    }
}
