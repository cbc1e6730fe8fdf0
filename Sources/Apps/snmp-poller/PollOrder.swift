import Glibc
import SNMP

/// What is to be asked of whom.
struct PollOrder: Sendable {
    enum Work: Sendable {
        case walk(OID)
        case get([OID])
    }

    let work: Work
    /// First octet in the high bits.
    let first: UInt32
    let devices: Int
    let port: UInt16
    let community: [UInt8]
    let inFlight: Int
    /// Repetitions of a GETBULK at most, or names in a GET.
    let count: Int
    /// Whether to tell when each device was done; only then are others mixed in.
    let tellsSpans: Bool
    /// Addresses of further devices, mixed in evenly.
    let others: (first: UInt32, count: Int)?

    static let usage = """
        usage: snmp-poller walk FIRST DEVICES PORT COMMUNITY IN_FLIGHT REPETITIONS ROOT [spans [FIRST/COUNT]]
               snmp-poller get  FIRST DEVICES PORT COMMUNITY IN_FLIGHT NAMES_PER_GET FILE [spans [FIRST/COUNT]]
        """

    init(_ arguments: [String]) throws(PollError) {
        guard (8...10).contains(arguments.count), let first = Self.address(arguments[1]), let devices = Int(arguments[2]),
            let port = UInt16(arguments[3]), let inFlight = Int(arguments[5]), let count = Int(arguments[6]), devices > 0, inFlight > 0,
            count > 0
        else { throw .usage }
        switch arguments[0] {
        case "walk": work = .walk(try Self.name(arguments[7]))
        case "get": work = .get(try Self.names(arguments[7]))
        default: throw .usage
        }
        self.first = first
        self.devices = devices
        self.port = port
        community = Array(arguments[4].utf8)
        self.inFlight = inFlight
        self.count = count
        tellsSpans = arguments.count > 8 && arguments[8] == "spans"
        guard tellsSpans == (arguments.count > 8) else { throw .usage }
        others = arguments.count > 9 ? try Self.others(arguments[9]) : nil
    }

    /// Reads `127.71.0.0/90`.
    private static func others(_ text: String) throws(PollError) -> (first: UInt32, count: Int) {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2, let first = address(parts[0]), let count = Int(parts[1]), count > 0 else { throw .usage }
        return (first, count)
    }

    func target(_ place: Int) -> SNMPTarget { target(address: first &+ UInt32(place)) }

    func target(address number: UInt32) -> SNMPTarget {
        let address = [24, 16, 8, 0].map { String(number >> $0 & 0xFF) }.joined(separator: ".")
        return SNMPTarget(address: address, port: port, community: community)
    }

    private static func address(_ text: String) -> UInt32? {
        let octets = text.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        return octets.count == 4 ? octets.reduce(0) { $0 << 8 | UInt32($1) } : nil
    }

    private static func name(_ text: some StringProtocol) throws(PollError) -> OID {
        let parts = text.split(separator: ".")
        let arcs = parts.compactMap { UInt32($0) }
        guard arcs.count == parts.count, arcs.count > 1 else { throw .name(String(text)) }
        return OID(arcs)
    }

    private static func names(_ path: String) throws(PollError) -> [OID] {
        guard let file = fopen(path, "r") else { throw .file(path) }
        defer { fclose(file) }
        var names: [OID] = []
        while let line = readLine(from: file) { names.append(try name(line)) }
        guard !names.isEmpty else { throw .file(path) }
        return names
    }

    private static func readLine(from file: UnsafeMutablePointer<FILE>) -> String? {
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(line) }
        let count = getline(&line, &room, file)
        guard count > 0, let line else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: line, count: count), as: UTF8.self).filter { !$0.isWhitespace }
    }
}

/// Why nothing is asked.
enum PollError: Error, CustomStringConvertible {
    case usage
    case name(String)
    case file(String)

    var description: String {
        switch self {
        case .usage: PollOrder.usage
        case .name(let text): "not a name: \(text)"
        case .file(let path): "\(path) cannot be read or holds no names"
        }
    }
}
