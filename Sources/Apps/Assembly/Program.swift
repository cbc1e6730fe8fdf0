import Foundation
package import Logging
import Reactor

/// What every long-running program does before its own work: signals, arguments, logging, a clear last word.
package enum Program {
    package static func run(_ name: String, about: String, _ body: (SettingReader, Logger) async throws -> Void) async -> Never {
        ignoreBrokenPipes()
        let arguments = CommandLine.arguments.dropFirst()
        if arguments == ["--version"] { finish(0, on: .standardOutput, "\(name) \(Version.text)") }
        if arguments == ["--help"] || arguments == ["-h"] { finish(0, on: .standardOutput, help(name, about)) }
        guard arguments.isEmpty else {
            finish(2, on: .standardError, "\(name): unknown argument \"\(arguments.joined(separator: " "))\"; allowed: --help, --version")
        }
        // Until the settings are read, words for people.
        var lastWord: (String) -> Void = { text in FileHandle.standardError.write(Data((name + ": " + text + "\n").utf8)) }
        do {
            let reader = SettingReader(environment: ProcessInfo.processInfo.environment)
            let level = try reader.level()
            let format = try reader.logFormat()
            LogDial.shared.turn(to: level)
            LoggingSystem.bootstrap { DialledLogHandler(format.handler(label: $0, level: .trace), dial: .shared) }
            let log = Logger(label: name)
            if format == .json { lastWord = { text in log.critical("ended", metadata: ["error": "\(text)"]) } }
            try await body(reader, log)
        } catch let error as StartupError {
            lastWord(error.message)
            end(error.isNobodyThere ? 4 : 1)
        } catch {
            lastWord("\(error)")
            end(1)
        }
        end(0)
    }

    private static func finish(_ code: Int32, on handle: FileHandle, _ text: String) -> Never {
        handle.write(Data((text + "\n").utf8))
        end(code)
    }

    /// Ends the process without the library's last rites: threads that still hold connections must not meet a half-dismantled process.
    private static func end(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }

    private static func help(_ name: String, _ about: String) -> String {
        let settings = SettingKey.all.map { key in
            "  \(key.variable)\n      \(key.meaning)\n      default: \(key.standard ?? "none"); allowed: \(key.range)"
        }
        return ["\(name): \(about)", "", "Settings come from the environment:"].joined(separator: "\n") + "\n"
            + settings.joined(separator: "\n")
    }
}
