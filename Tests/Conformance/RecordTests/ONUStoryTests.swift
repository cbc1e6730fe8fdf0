import Domain
import TestSupport
import Testing

extension RecordSuites {
    /// What happens to ONUs from one reading to the next, and what is kept of it.
    @Suite("Stories of ONUs")
    struct ONUStories {
        private func onu(_ number: Int, port: Int = 1, _ change: (inout ONUObservation) -> Void = { _ in }) -> ONUObservation {
            var onu = ONUObservation(index: "\(port).\(number)")
            onu.port = "0/\(port)"
            onu.onuID = number
            onu.serial = "HWTC\(10_000_000 + port * 1000 + number)"
            onu.runStatus = .online
            change(&onu)
            return onu
        }

        @discardableResult
        private func read(
            _ bench: Bench,
            _ olt: OLT,
            _ observations: [ONUObservation],
            _ operation: DeviceResult.Operation = .discovery,
            coverage: Coverage = .complete,
            columns: [ONUColumn] = [.serial, .description, .status],
            ports: [PortCount] = [],
            at time: Timestamp? = nil
        ) async throws -> [ONUEvent] {
            let task = try await bench.discovery(olt, at: time)
            let device = DeviceResult(
                olt: olt.id,
                operation: operation,
                coverage: coverage,
                observations: observations,
                columns: columns,
                ports: ports
            )
            return try await bench.record(bench.outcome(task, .succeeded, device: device), at: time).onuEvents
        }

        private func words(_ events: [ONUEvent]) -> [String] {
            events.map { "\($0.kind.word) \($0.index ?? $0.port ?? "") \($0.count)\($0.cause.map { " " + $0.word } ?? "")" }.sorted()
        }

        @Test(
            "first, new, gone, back, changed, down and up are told once each, newest first in the list",
            arguments: RecordBackend.available
        )
        func stories(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                #expect(words(try await read(bench, olt, [onu(1), onu(2)])) == ["first  2"])
                #expect(words(try await read(bench, olt, [onu(1), onu(2)])).isEmpty)
                #expect(words(try await read(bench, olt, [onu(1), onu(3)])) == ["gone 1.2 1", "new 1.3 1"])
                #expect(words(try await read(bench, olt, [onu(1)], coverage: .partial(reason: "silent"))).isEmpty)
                let down = onu(1) { onu in
                    onu.runStatus = .offline
                    onu.lastDownCause = "dying gasp"
                    onu.downClass = .power
                }
                let named = onu(3) { $0.name = "house 3" }
                #expect(words(try await read(bench, olt, [down, onu(2), named])) == ["back 1.2 1", "down 1.1 1 power"])
                let renamed = onu(3) { $0.name = "house 4" }
                #expect(words(try await read(bench, olt, [onu(1), onu(2), renamed])) == ["changed 1.3 1", "up 1.1 1"])
                #expect(words(try await read(bench, olt, [down, onu(2), renamed], .get, columns: [.status])) == ["down 1.1 1 power"])

                var filter = ONUEventFilter()
                let all = try await bench.onus.events(filter).items
                #expect(all.count == 8)
                #expect(all.first?.event.kind == .down)
                #expect(all.last?.event.kind == .first)
                #expect(all.allSatisfy { $0.oltName == "OLT-1" && $0.event.at == bench.now })
                filter.kinds = [.changed]
                let changed = try #require(try await bench.onus.events(filter).items.first)
                #expect(changed.event.differences == [ONUEvent.Difference(field: "name", before: "house 3", after: "house 4")])
                filter.kinds = []
                filter.index = "1.1"
                filter.limit = 2
                let page = try await bench.onus.events(filter)
                #expect(page.items.map(\.event.kind) == [.down, .up])
                filter.cursor = page.next
                #expect(try await bench.onus.events(filter).items.map(\.event.kind) == [.down])
                filter.olt = OLTID(olt.id.value + 1)
                #expect(try await bench.onus.events(filter).items.isEmpty)
            }
        }

        @Test(
            "an ONU that is plugged in elsewhere is moved, on the same OLT and to another one, and never gone",
            arguments: RecordBackend.available
        )
        func moved(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let north = try await bench.addOLT("north")
                let south = try await bench.addOLT("south")
                try await read(bench, north, [onu(1), onu(2), onu(3)])
                try await read(bench, south, [onu(9, port: 7)])
                let there = onu(5, port: 2) { $0.serial = onu(1).serial }
                let onOther = onu(1, port: 8) { $0.serial = onu(2).serial }
                let moves = try await read(bench, north, [there, onu(2), onu(3)])
                #expect(words(moves) == ["moved 2.5 1"])
                #expect(moves.first?.differences == [ONUEvent.Difference(field: "place", before: "north 0/1", after: "0/2")])
                let away = try await read(bench, south, [onu(9, port: 7), onOther])
                #expect(away.first?.differences == [ONUEvent.Difference(field: "place", before: "north 0/1", after: "0/8")])
                #expect(words(try await read(bench, north, [there, onu(3)])).isEmpty, "the south told it")
                let exchanged = onu(3) { $0.serial = "ZTEG00000001" }
                #expect(words(try await read(bench, north, [there, exchanged])) == ["changed 1.3 1"])

                let byMAC = ONUSearch("00:11:22:33:44:55")
                var nameless = onu(6, port: 3)
                nameless.serial = nil
                nameless.mac = "00:11:22:33:44:55"
                try await read(bench, north, [there, exchanged, nameless])
                var arrived = onu(6, port: 9)
                arrived.serial = nil
                arrived.mac = nameless.mac
                #expect(words(try await read(bench, south, [onu(9, port: 7), onOther, arrived])) == ["moved 9.6 1"])
                #expect(try await bench.onus.find(try #require(byMAC), limit: 10).count == 2)
            }
        }

        @Test("the ONUs of a port that fall silent together are one event with its cause", arguments: RecordBackend.available)
        func ports(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let up = (1...8).map { onu($0, port: 10) } + (1...8).map { onu($0, port: 9) }
                let counts = [PortCount(port: "0/10", counted: 9, seen: 8), PortCount(port: "0/9", counted: nil, seen: 8)]
                try await read(bench, olt, up, ports: counts)
                func fallen(_ port: Int, _ cause: DownClass) -> [ONUObservation] {
                    up.map { onu in
                        guard onu.port == "0/\(port)" else { return onu }
                        var down = onu
                        down.runStatus = .offline
                        down.lastDownCause = cause.word
                        down.downClass = cause
                        return down
                    }
                }
                #expect(words(try await read(bench, olt, fallen(10, .power), ports: counts)) == ["port-down 0/10 8 power"])
                let states = try await bench.onus.ports(of: olt.id)
                #expect(
                    states == [
                        PortState(port: "0/9", total: 8, online: 8, offline: 0, counted: nil, countedAt: bench.now),
                        PortState(port: "0/10", total: 8, online: 0, offline: 8, counted: 9, countedAt: bench.now),
                    ]
                )
                #expect(words(try await read(bench, olt, up)) == ["port-up 0/10 8"])
                #expect(words(try await read(bench, olt, fallen(9, .fibre))) == ["port-down 0/9 8 fibre"])
            }
        }

        @Test("what is measured is kept by time; what is not measured leaves no row", arguments: RecordBackend.available)
        func readings(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                for hour in 0..<5 {
                    let measured = onu(1) { onu in
                        onu.rxOnuDbm = -20.25 - Double(hour) * 2.25
                        onu.temperatureCelsius = hour == 3 ? nil : 41.5
                    }
                    let at = bench.now + .seconds(hour * 3600)
                    try await read(bench, olt, [measured, onu(2)], .get, columns: [.optics, .status], at: at)
                }
                let all = try await bench.onus.readings(of: olt.id, "1.1", since: bench.now, limit: 100)
                #expect(all.map(\.rxOnuDbm) == [-29.25, -27, -24.75, -22.5, -20.25])
                #expect(all.map(\.temperatureCelsius) == [41.5, nil, 41.5, 41.5, 41.5])
                #expect(all.first?.at == bench.now + .seconds(4 * 3600))
                #expect(all.first?.runStatus == .online)
                #expect(try await bench.onus.readings(of: olt.id, "1.1", since: bench.now + .seconds(3600), limit: 2).count == 2)
                #expect(try await bench.onus.readings(of: olt.id, "1.2", since: bench.now, limit: 100).isEmpty)
                var filter = ONUFilter()
                filter.rxOnuDbm = OpticsClasses().range(of: .critical)
                #expect(try await bench.onus.onus(filter).items.map(\.observation.index) == ["1.1"])
                filter.rxOnuDbm = OpticsClasses().range(of: .good)
                #expect(try await bench.onus.onus(filter).items.isEmpty)
            }
        }

        @Test(
            "a search finds exact serials first, then whatever holds the text; no more than asked for",
            arguments: RecordBackend.available
        )
        func find(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let exact = onu(7) { $0.serial = "HWTC1A2B3C4D" }
                let telling = onu(8) { $0.description = "was HWTC1A2B3C4D before, 100% <b>\u{202E}" }
                try await read(bench, olt, [telling, exact] + (20..<60).map { onu($0) })
                func find(_ text: String, limit: Int = 50) async throws -> [String] {
                    try await bench.onus.find(try #require(ONUSearch(text)), limit: limit).map(\.observation.index)
                }
                #expect(try await find("485754431a2b3c4d") == ["1.7"])
                #expect(try await find("hwtc1a2b3c4d") == ["1.7", "1.8"])
                #expect(try await find("100% <b>") == ["1.8"])
                #expect(try await find("HWTC", limit: 5).count == 5)
                #expect(try await find("nobody").isEmpty)
                let known = try #require(try await bench.onus.onu(olt.id, "1.8"))
                #expect(known.observation.description == telling.description)
                #expect(try await bench.onus.onu(olt.id, "9.9") == nil)
            }
        }
    }
}
