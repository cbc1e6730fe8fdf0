/// Reads a stream of server-sent events, in whatever pieces it arrives.
///
/// Source: WHATWG HTML, "Server-sent events", parsing.
package struct EventStreamReader: Sendable {
    package struct Event: Hashable, Sendable {
        /// The last id that was told, by this event or before it.
        package let id: String?
        package let type: String
        package let data: String
    }

    /// The last id that was told.
    package private(set) var lastID: String?
    private var rest: [UInt8] = []
    private var type: String?
    private var data: [String] = []

    package init() {}

    /// - Returns: the events that are complete now.
    package mutating func take(_ bytes: some Sequence<UInt8>) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            // A line ends with LF here; what came as CR LF loses its CR below.
            guard byte == 0x0A else {
                rest.append(byte)
                continue
            }
            if rest.last == 0x0D { rest.removeLast() }
            let line = String(decoding: rest, as: UTF8.self)
            rest = []
            if let event = take(line: line) { events.append(event) }
        }
        return events
    }

    private mutating func take(line: String) -> Event? {
        guard !line.isEmpty else {
            defer { (type, data) = (nil, []) }
            return data.isEmpty ? nil : Event(id: lastID, type: type ?? "message", data: data.joined(separator: "\n"))
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count < 2 ? "" : parts[1].hasPrefix(" ") ? String(parts[1].dropFirst()) : parts[1]
        switch parts[0] {
        case "id": lastID = value
        case "event": type = value
        case "data": data.append(value)
        default: break
        }
        return nil
    }
}
