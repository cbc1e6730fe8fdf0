import Logging

/// Keeps the warnings and errors that were logged.
struct LogEar: LogHandler {
    let heard: Collected<String>
    var logLevel = Logger.Level.warning
    var metadata: Logger.Metadata = [:]

    init(_ heard: Collected<String>) {
        self.heard = heard
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        heard.append([event.message.description])
    }
}
