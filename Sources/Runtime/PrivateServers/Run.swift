import Foundation

/// Runs short programs to their end.
package enum Run {
    /// Starts the command and waits for it.
    /// - Parameters:
    ///   - command: its `log` is replaced.
    ///   - folder: where the output is kept while it runs.
    /// - Returns: what it wrote to standard output and error.
    /// - Throws: `.endedEarly` with the last lines when it does not end with code 0.
    package static func output(of command: ChildProcess.Command, in folder: ScratchFolder) async throws(ServerError) -> String {
        var command = command
        let file = folder.file("output-\(UUID().uuidString)")
        command.log = file
        defer { unlink(file) }
        let child = ChildProcess(command)
        try child.start()
        let status = await child.exited
        guard status.isSuccess else { throw .endedEarly(server: command.program, status: status, log: LogTail.lines(of: file)) }
        return (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    }
}
