package import Logging

/// Writes each log line as one JSON object: `time`, `level`, `logger`, `message`, and the metadata beside them.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let label: String
    private let now: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - label: the name of the program.
    ///   - level: the least important level that is written.
    ///   - now: the time as RFC 3339 text.
    ///   - write: takes one line with its end; called from any thread.
    package init(label: String, level: Logger.Level, now: @escaping @Sendable () -> String, write: @escaping @Sendable (String) -> Void) {
        self.label = label
        logLevel = level
        self.now = now
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { _, own in own }
        all.merge(event.metadata ?? [:]) { _, own in own }
        write(
            JSONLine.text(
                time: now(),
                level: event.level.rawValue,
                logger: label,
                message: event.message.description,
                metadata: all.mapValues(Self.plain)
            )
        )
    }

    /// Nested values keep their text form: a log line is flat.
    private static func plain(_ value: Logger.Metadata.Value) -> String { value.description }
}

/// A log line as JSON.
enum JSONLine {
    private static let own: Set<String> = ["time", "level", "logger", "message"]

    /// Metadata that is called like a field of the line itself gets `metadata.` before it.
    static func text(time: String, level: String, logger: String, message: String, metadata: [String: String]) -> String {
        var line = "{\"time\":\(quoted(time)),\"level\":\(quoted(level)),\"logger\":\(quoted(logger)),\"message\":\(quoted(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += ",\(quoted(own.contains(key) ? "metadata." + key : key)):\(quoted(value))"
        }
        return line + "}\n"
    }

    /// Everything that could end the line or the text is escaped, and every control character.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
