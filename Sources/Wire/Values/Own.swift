internal import Domain
internal import SwiftProtobuf

/// Reads fields of messages that only Flotilla itself writes; a wrong one makes the message undecodable.
enum Own {
    static func id(_ text: String, _ field: String) throws(WireFault) -> TaskID {
        try word(text, field, "a UUID") { TaskID($0) }
    }

    static func worker(_ text: String, _ field: String) throws(WireFault) -> WorkerID {
        try word(text, field, "a name") { $0.isEmpty ? nil : WorkerID($0) }
    }

    static func number(_ value: Int64, _ field: String) throws(WireFault) -> DispatchNumber {
        guard value > 0 else {
            throw WireFault(.undecodable, field: field, "\(value) is not a number of a dispatch", allowed: "more than 0")
        }
        return DispatchNumber(value)
    }

    static func span(_ message: Google_Protobuf_Duration, _ field: String) throws(WireFault) -> Duration {
        guard let span = message.span else { throw WireFault(.undecodable, field: field, "the duration is out of range") }
        return span
    }

    static func time(_ message: Google_Protobuf_Timestamp, _ field: String) throws(WireFault) -> Timestamp {
        guard let time = message.time else { throw WireFault(.undecodable, field: field, "the time is out of range") }
        return time
    }

    static func word<Value>(_ text: String, _ field: String, _ allowed: String, _ read: (String) -> Value?) throws(WireFault) -> Value {
        guard let value = read(text) else {
            throw WireFault(.undecodable, field: field, "\"\(text.excerpt)\" is not understood", allowed: allowed)
        }
        return value
    }
}
