import Domain
import Testing
import Wire

@Suite("Damaged bytes are refused or read, never fatal", .timeLimit(.minutes(3)))
struct DamagedBytesTests {
    private static let whole: [[UInt8]] = [WireFormat.json, .protobuf].flatMap { format in
        [
            DraftCodec.encode(Samples.draft, as: format), DraftCodec.encodeBatch([Samples.draft, Samples.draft], as: format),
            TaskCodec.encode(Samples.task, as: format), FleetCodec.encode(.registration(Samples.registration), as: format),
            FleetCodec.encode(.heartbeat(Samples.heartbeat), as: format),
            OutcomeCodec.encode(.outcomes(Samples.verdicts.map { Samples.outcome($0, device: Samples.result) }), as: format),
            OutcomeCodec.encode(.part(OutcomePart(number: Samples.number, index: 0, observations: [Samples.fullObservation])), as: format),
        ]
    }

    /// Asks every reader, in both formats; tells how many could read it, and that each fault says something.
    private func readers(of bytes: [UInt8]) -> Int {
        var readable = 0
        func note<Value>(_ result: Result<Value, WireFault>) {
            switch result {
            case .success: readable += 1
            case .failure(let fault): #expect(!fault.message.isEmpty)
            }
        }
        for contentType in [WireFormat.json.contentType, WireFormat.protobuf.contentType] {
            note(DraftCodec.decode(bytes, contentType: contentType))
            note(DraftCodec.decodeBatch(bytes, contentType: contentType))
            note(TaskCodec.decode(bytes, contentType: contentType))
            note(OutcomeCodec.decode(bytes, contentType: contentType))
            note(FleetCodec.decode(bytes, contentType: contentType))
        }
        return readable
    }

    @Test("every message cut at every place")
    func truncated() {
        for bytes in Self.whole {
            let step = max(1, bytes.count / 150)
            for end in stride(from: 0, to: bytes.count, by: step) { _ = readers(of: Array(bytes[..<end])) }
            #expect(readers(of: bytes) > 0)
        }
    }

    @Test("messages with bytes changed at random")
    func changed() {
        var chance = SystemRandomNumberGenerator()
        var readable = 0
        for bytes in Self.whole {
            for _ in 0..<150 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...4, using: &chance) {
                    damaged[Int.random(in: 0..<damaged.count, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
                }
                readable += readers(of: damaged)
            }
        }
        #expect(readable > 0)
    }

    @Test("random bytes of any length")
    func random() {
        var chance = SystemRandomNumberGenerator()
        for _ in 0..<1500 {
            let count = Int.random(in: 0...300, using: &chance)
            _ = readers(of: (0..<count).map { _ in UInt8.random(in: 0...255, using: &chance) })
        }
        #expect(readers(of: [0xFF, 0xFF, 0xFF]) == 0)
    }

    @Test("numbers and times at the ends of their types")
    func extremes() throws {
        let seconds: [UInt8] = [0x08] + [UInt8](repeating: 0xFF, count: 8) + [0x7F]  // Int64.max
        let dueAt: [UInt8] = [0x12, 1, 0x6B, 0x52, UInt8(seconds.count)] + seconds
        let timeout: [UInt8] = [0x12, 1, 0x6B, 0x3A, UInt8(seconds.count)] + seconds

        for (bytes, field) in [(dueAt, "dueAt"), (timeout, "timeout")] {
            let fault = #expect(throws: WireFault.self) { try DraftCodec.decode(bytes, contentType: "application/x-protobuf").get() }
            #expect(fault?.field == field)
            #expect(fault?.text.contains("out of range") == true)
        }
    }

    @Test("a number of protobuf that is not finite is refused in a draft")
    func notFinite() throws {
        let value: [UInt8] = [0x11, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F]  // number_value NaN
        let entry: [UInt8] = [0x0A, 1, 0x61, 0x12, UInt8(value.count)] + value
        let payload: [UInt8] = [0x0A, UInt8(entry.count)] + entry
        let draft: [UInt8] = [0x12, 1, 0x6B, 0x1A, UInt8(payload.count)] + payload

        let fault = #expect(throws: WireFault.self) { try DraftCodec.decode(draft, contentType: "application/x-protobuf").get() }
        #expect(fault?.text == "payload.a: the number is not finite; allowed: finite numbers")
    }

    @Test("messages over their limits are refused before they are read")
    func limits() {
        let tooLarge = [UInt8](repeating: 0, count: OutcomeCodec.bytesMax + 1)

        for fault in [OutcomeCodec.decode(tooLarge, contentType: nil).fault, TaskCodec.decode(tooLarge, contentType: nil).fault] {
            #expect(fault?.reason == .tooLarge)
        }
        let part = OutcomeMessage.part(
            OutcomePart(number: Samples.number, index: 0, observations: Array(repeating: Samples.fullObservation, count: 9_000))
        )
        let bytes = OutcomeCodec.encode(part)
        #expect(bytes.count > OutcomeCodec.partBytesMax && bytes.count < OutcomeCodec.bytesMax)
        #expect(OutcomeCodec.decode(bytes, contentType: nil).fault?.reason == .tooLarge)
    }
}

extension Result where Failure == WireFault {
    fileprivate var fault: WireFault? {
        guard case .failure(let fault) = self else { return nil }
        return fault
    }
}
