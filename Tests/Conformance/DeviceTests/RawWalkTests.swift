import Domain
import OLTSimulator
import Testing

@Suite("Walks of any subtree", .serialized, .timeLimit(.minutes(1)))
struct RawWalkTests {
    private let bounds = WalkBounds(rowsMax: 1000, bytesMax: 1 << 20, timeMax: .seconds(20))

    private func walk(_ subtree: String, _ bounds: WalkBounds, faults: Faults = Faults()) async throws -> RawWalk {
        let shape = try GeneratedShape(.huawei, boards: 1, ports: 1, onus: 8)
        return try await Lab.visit(.generated(shape), profile: "huawei", faults: faults) { try await $0.session.walk(subtree, bounds) }
    }

    @Test("rows come as text with the names of their types")
    func rows() async throws {
        let walk = try await walk("1.3.6.1.2.1.1", bounds)

        #expect(walk.coverage == .complete && walk.requests > 0)
        #expect(walk.rows.map(\.oid) == (1...7).map { "1.3.6.1.2.1.1.\($0).0" })
        #expect(walk.rows.map(\.type).prefix(4) == ["OCTET STRING", "OBJECT IDENTIFIER", "TimeTicks", "OCTET STRING"])
        #expect(walk.rows[0].value == "Huawei Integrated Access Software" && walk.rows[1].value == "1.3.6.1.4.1.2011.2.123")
    }

    @Test("bytes that are no text are shown as hexadecimal digits")
    func binary() async throws {
        let serials = try await walk("1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3", bounds)

        #expect(serials.rows.count == 8)
        #expect(serials.rows.contains { $0.value.hasPrefix("0x") && $0.value.count == 18 })
    }

    @Test("each bound ends it as partial, with the bound")
    func bounded() async throws {
        let few = try await walk("1.3.6.1.2.1", WalkBounds(rowsMax: 5, bytesMax: 1 << 20, timeMax: .seconds(20)))
        let small = try await walk("1.3.6.1.2.1", WalkBounds(rowsMax: 1000, bytesMax: 200, timeMax: .seconds(20)))

        #expect(few.rows.count == 5 && few.coverage == .partial(reason: "more than 5 rows"))
        #expect(small.coverage == .partial(reason: "more than 200 bytes"))
        #expect(small.rows.reduce(0) { $0 + $1.oid.utf8.count + $1.type.utf8.count + $1.value.utf8.count } <= 200)
    }

    @Test("what is no OID is refused", arguments: ["", "system", "1.3.x", "1.3.-6", "4.1", "1.3.4294967296"])
    func bad(subtree: String) async throws {
        let error = await #expect(throws: DeviceError.self) { try await walk(subtree, bounds) }

        #expect(error?.fault.message.contains("not a numeric OID such as 1.3.6.1.2.1.1") == true)
    }

    @Test("a table that has no rows is walked completely; a device that goes round in circles is named")
    func ends() async throws {
        var circles = Faults()
        circles.isNotIncreasing = true

        #expect(try await walk("1.3.6.1.9", bounds).rows.isEmpty)
        guard case .partial(let reason) = try await walk("1.3.6.1.2.1", bounds, faults: circles).coverage else {
            throw Unfit("a complete walk")
        }
        #expect(reason.hasPrefix("names do not increase: "))
    }
}
