import FuzzSupport

@testable import OLTSimulator

/// What a stranger can send to the simulator: datagrams, recordings, requests to its account, configurations.
///
/// The first byte modulo 5: 0, the second byte chooses faults and the rest is datagrams, each behind two bytes of length; 1 and 2, the
/// text of a recording in either form; 3, a request to the account of a fleet; 4, a configuration.
@_cdecl("LLVMFuzzerTestOneInput")
func testSimulator(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = FuzzInput(start, count).bytes
    guard let choice = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch choice % 5 {
    case 0: Ground.converse(rest)
    case 1: Ground.read { () throws(RecordingError) in try Recording(snmprec: rest, file: "a") }
    case 2: Ground.read { () throws(RecordingError) in try Recording(walk: rest, file: "a") }
    case 3: Ground.ask(rest)
    default: _ = try? SimulatorSettings.Group.list(json: rest, file: "a")
    }
    return 0
}

private enum Ground {
    /// Faults that leave an answer whole, so that properties can be asked of it.
    private static let faults: [[String]] = [
        [], ["fewer-rows=3"], ["stop-after=5"], ["too-big-over=400"], ["drop-over=400"], ["hostile"], ["hostile=50%", "huge=20%"],
        ["port-down=1/1:fibre"], ["reboot-after=1s:1s"], ["overload"], ["late=50%:1s", "duplicate=50%"], ["slow-optics=1ms"],
    ]
    /// Those that break one of them.
    private static let broken: [[String]] = [
        ["garbage=50%"], ["truncated=50%"], ["wrong-id=50%"], ["not-increasing"], ["loop-after=3"], ["endless=1.3.6.1.4.1.2011"],
    ]
    private static let shapes = Vendor.allCases.compactMap { try? GeneratedShape($0, boards: 1, ports: 2, onus: 4).rows(seed: 1) }
    private static let sender = Sender(address: DeviceAddress(number: 0x7F00_0001), port: 4711)

    // MARK: Datagrams

    static func converse(_ bytes: [UInt8]) {
        guard let choice = bytes.first.map(Int.init) else { return }
        let isWhole = choice % (faults.count + broken.count) < faults.count
        let texts = (faults + broken)[choice % (faults.count + broken.count)]
        guard let faults = try? Faults(texts) else { fatalError("a fault of this list is not known") }
        var device = SimulatedDevice(
            address: DeviceAddress(number: 0x7F0A_0001),
            rows: shapes[choice % shapes.count],
            community: "public",
            seed: 1,
            faults: faults,
            octetsMax: 1472
        )
        var rest = bytes.dropFirst()
        var now: Duration = .zero
        while rest.count > 2 {
            let length = Int(rest.removeFirst()) << 8 | Int(rest.removeFirst())
            let datagram = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            now += .milliseconds(300)
            for departure in device.receive(datagram, from: sender, at: now) {
                device.departed(departure)
                insist(departure.bytes.count <= 65_507, "an answer of \(departure.bytes.count) octets fits into no datagram")
                if isWhole { look(at: departure.bytes, of: datagram, octetsMax: faults.huge > 0 ? 65_507 : 1472) }
            }
        }
        insist(device.account.requests >= device.account.dropped, "more is dropped than came")
    }

    private static func look(at answer: [UInt8], of datagram: [UInt8], octetsMax: Int) {
        guard let reply = try? AgentMessage(decoding: answer), let request = try? AgentMessage(decoding: datagram) else {
            fatalError("a property does not hold: an answer is no message")
        }
        insist(reply.requestID == request.requestID && reply.kind == .response, "an answer to another request")
        guard reply.first == 0 else { return }
        insist(answer.count <= octetsMax, "an answer of \(answer.count) octets")
        guard request.kind == .getNext || request.kind == .getBulk, let asked = request.bindings.first, request.bindings.count == 1 else {
            return
        }
        var last = asked.name
        for binding in reply.bindings where binding.value != .endOfMIBView {
            insist(last < binding.name, "\(binding.name) comes behind \(last)")
            last = binding.name
        }
    }

    // MARK: Files and requests

    static func read(_ read: () throws(RecordingError) -> Recording) {
        guard let recording = try? read() else { return }
        insist(recording.rows.count == recording.lines - recording.repeated.count, "rows are lost")
        for row in 0..<recording.rows.count {
            insist(recording.rows.value(ofRow: row) != nil, "a row without a value")
            if row > 0 { insist(recording.rows.name(ofRow: row - 1) < recording.rows.name(ofRow: row), "rows do not rise") }
        }
    }

    static func ask(_ bytes: [UInt8]) {
        guard case .complete(let request) = AccountRequest.read(bytes), var fleet = fleet() else { return }
        let response = AccountService(document: AccountDocument(startedAt: .zero)).answer(request, &fleet, now: .seconds(1))
        insist([200, 400, 404, 409].contains(response.status), "an answer of status \(response.status)")
        insist((try? JSONReader.value(Array(response.body.text.utf8))) != nil, "an answer that is no JSON")
    }

    private static func fleet() -> Fleet? {
        guard let shape = try? GeneratedShape(boards: 1, ports: 2, onus: 2), let addresses = try? DeviceAddress.list("127.0.0.1") else {
            return nil
        }
        return try? Fleet(SimulatorSettings(groups: [.init(addresses: addresses, source: .generated(shape))]))
    }
}
