import Domain
import Testing
import Wire

@Suite("Messages survive the wire", .timeLimit(.minutes(1)))
struct RoundTripTests {
    private static let formats: [WireFormat] = [.json, .protobuf]

    @Test("a draft with every field comes back as it was", arguments: formats)
    func draft(_ format: WireFormat) throws {
        let bytes = DraftCodec.encode(Samples.draft, as: format)

        #expect(try DraftCodec.decode(bytes, contentType: format.contentType).get() == Samples.draft)
        #expect(try DraftCodec.decode(bytes, contentType: nil).get() == Samples.draft)
    }

    @Test("a draft of nothing but a kind comes back as it was", arguments: formats)
    func minimalDraft(_ format: WireFormat) throws {
        let draft = TaskDraft(kind: "noop")

        #expect(try DraftCodec.decode(DraftCodec.encode(draft, as: format), contentType: format.contentType).get() == draft)
    }

    @Test("a batch of drafts keeps its order, whatever the size of the first", arguments: formats)
    func batch(_ format: WireFormat) throws {
        for size in 0..<140 {
            let drafts = [TaskDraft(kind: String(repeating: "k", count: size)), Samples.draft, TaskDraft(kind: "noop")]
            let bytes = DraftCodec.encodeBatch(drafts, as: format)

            #expect(try DraftCodec.decodeBatch(bytes, contentType: nil).get() == drafts)
        }
    }

    @Test("a task comes back with its device, its sealed bytes and its number", arguments: formats)
    func task(_ format: WireFormat) throws {
        for task in [Samples.task, Samples.plainTask] {
            let bytes = TaskCodec.encode(task, as: format)

            #expect(try TaskCodec.decode(bytes, contentType: format.contentType).get() == task)
        }
    }

    @Test("every verdict comes back", arguments: formats)
    func verdicts(_ format: WireFormat) throws {
        let message = OutcomeMessage.outcomes(Samples.verdicts.map { Samples.outcome($0) })

        #expect(try OutcomeCodec.decode(OutcomeCodec.encode(message, as: format), contentType: format.contentType).get() == message)
    }

    @Test("a device result keeps unknown apart from empty and zero", arguments: formats)
    func deviceResult(_ format: WireFormat) throws {
        let message = OutcomeMessage.outcomes([
            Samples.outcome(.succeeded, startedAt: Timestamp(microseconds: -1), device: Samples.result, parts: 2)
        ])

        #expect(try OutcomeCodec.decode(OutcomeCodec.encode(message, as: format), contentType: format.contentType).get() == message)
    }

    @Test("a part of a result comes back", arguments: formats)
    func part(_ format: WireFormat) throws {
        let message = OutcomeMessage.part(OutcomePart(number: Samples.number, index: 3, observations: [Samples.fullObservation]))

        #expect(try OutcomeCodec.decode(OutcomeCodec.encode(message, as: format), contentType: format.contentType).get() == message)
    }

    @Test("registrations and heartbeats come back", arguments: formats)
    func fleet(_ format: WireFormat) throws {
        for message in [FleetMessage.registration(Samples.registration), .heartbeat(Samples.heartbeat)] {
            #expect(try FleetCodec.decode(FleetCodec.encode(message, as: format), contentType: format.contentType).get() == message)
        }
    }

    @Test("what a later version adds is passed over in protobuf")
    func laterFields() throws {
        let later: [UInt8] = [0xFA, 0x3F, 0x03, 1, 2, 3]  // field 1023, three bytes

        #expect(try DraftCodec.decode(DraftCodec.encode(Samples.draft) + later, contentType: nil).get() == Samples.draft)
        #expect(try TaskCodec.decode(TaskCodec.encode(Samples.task) + later, contentType: nil).get() == Samples.task)
    }

    @Test("values that have no JSON leave as null or unknown, never as a fault")
    func notFinite() throws {
        var onu = ONUObservation(index: "1")
        onu.rxOnuDbm = .nan
        onu.distanceMetres = -.infinity
        let message = OutcomeMessage.part(OutcomePart(number: Samples.number, index: 0, observations: [onu]))
        let unknown = OutcomeMessage.part(OutcomePart(number: Samples.number, index: 0, observations: [ONUObservation(index: "1")]))

        #expect(try OutcomeCodec.decode(OutcomeCodec.encode(message, as: .json), contentType: nil).get() == unknown)
        #expect(PayloadJSON.encode(["a": .number(.nan), "b": .list([.number(.infinity)])]) == #"{"a":null,"b":[null]}"#)
    }

    @Test("spans and times beyond the range of protobuf are written as its ends")
    func extremes() throws {
        let draft = TaskDraft(kind: "noop", timeout: .seconds(Int64.max), dueAt: Timestamp(microseconds: .max))

        for format in Self.formats {
            let read = try DraftCodec.decode(DraftCodec.encode(draft, as: format), contentType: format.contentType).get()

            #expect(read.timeout == .seconds(315_576_000_000))
            #expect(read.dueAt?.description == "9999-12-31T23:59:59Z")
        }
    }
}
