import Domain
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Devices")
    struct Devices {
        private func observation(_ index: Int, _ change: (inout ONUObservation) -> Void = { _ in }) -> ONUObservation {
            var onu = ONUObservation(index: "4194312192.\(index)")
            onu.serial = "HWTC\(String(index + 4096, radix: 16).uppercased())"
            onu.runStatus = index % 2 == 0 ? .online : .offline
            change(&onu)
            return onu
        }

        private func result(
            _ olt: OLT,
            _ observations: [ONUObservation],
            operation: DeviceResult.Operation = .discovery,
            coverage: Coverage = .complete,
            columns: [ONUColumn] = [.serial, .description, .status]
        ) -> DeviceResult {
            DeviceResult(
                olt: olt.id,
                operation: operation,
                coverage: coverage,
                observations: observations,
                columns: columns,
                facts: DeviceFacts(sysName: "central", upTimeTicks: .max)
            )
        }

        private func onus(_ bench: Bench, _ change: (inout ONUFilter) -> Void = { _ in }) async throws -> [KnownONU] {
            var filter = ONUFilter()
            filter.limit = 1000
            change(&filter)
            return try await bench.onus.onus(filter).items
        }

        @Test(
            "OLTs are found by name and by id; a name is taken once; a name of digits alone is refused",
            arguments: RecordBackend.available
        )
        func olts(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = try await bench.addOLT("OLT-B")
                let second = try await bench.addOLT("OLT-A")
                #expect(try await bench.devices.olt("OLT-B")?.olt == first)
                #expect(try await bench.devices.olt("\(second.id.value)")?.olt == second)
                #expect(try await bench.devices.olt("OLT-C") == nil)
                let named = try await bench.devices.namedOLTs(["OLT-B", "\(second.id.value)", "nobody"])
                #expect(named == ["OLT-B": .known(first.id, enabled: true), "\(second.id.value)": .known(second.id, enabled: true)])
                await #expect(throws: RecordError.conflict(what: "there is an OLT \"OLT-A\" already")) { try await bench.addOLT("OLT-A") }
                await #expect(throws: RecordError.self) { try await bench.addOLT("17") }

                let page = try await bench.devices.olts(OLTFilter(limit: 1, cursor: nil))
                #expect(page.items.map(\.olt.name) == ["OLT-A"])
                #expect(page.total == 2)
                let next = try await bench.devices.olts(OLTFilter(limit: 1, cursor: page.next))
                #expect(next.items.map(\.olt.name) == ["OLT-B"])
                #expect(next.next == nil)
            }
        }

        @Test(
            "changed credentials are sealed for the next revision, and what cannot be sealed changes nothing",
            arguments: RecordBackend.available
        )
        func credentials(_ backend: RecordBackend) async throws {
            struct NoKey: Error {}
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")

                let changed = try await bench.devices.changeCredentials(of: "OLT-1", version: .v3) { id, revision in
                    SealedCredentials(bytes: [9, UInt8(truncatingIfNeeded: id.value)], revision: revision)
                }

                #expect(changed?.olt.credentials == SealedCredentials(bytes: [9, UInt8(truncatingIfNeeded: olt.id.value)], revision: 2))
                #expect(changed?.olt.version == .v3)
                #expect(try await bench.devices.olt("OLT-1") == changed)
                await #expect(throws: RecordError.self) {
                    try await bench.devices.changeCredentials(of: "OLT-1", version: .v1) { _, _ in throw NoKey() }
                }
                #expect(try await bench.devices.olt("OLT-1") == changed)
                #expect(
                    try await bench.devices.changeCredentials(of: "OLT-9", version: .v1) { _, revision in
                        SealedCredentials(bytes: [], revision: revision)
                    } == nil
                )
                let dispatched = try await bench.discovery(olt)
                #expect(dispatched.device?.credentials.revision == 2)
                #expect(dispatched.device?.version == .v3)
            }
        }

        @Test(
            "5,000 ONUs in parts take effect with their outcome, in one go; parts arrive twice without harm",
            arguments: RecordBackend.available
        )
        func parts(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let task = try await bench.discovery(olt)
                for index in 0..<5 {
                    let part = OutcomePart(
                        number: task.number,
                        index: index,
                        observations: (0..<1000).map { observation(index * 1000 + $0) }
                    )
                    try await bench.tasks.stage(part, now: bench.now)
                    try await bench.tasks.stage(part, now: bench.now)
                }
                #expect(try await onus(bench).isEmpty)

                let outcome = bench.outcome(task, .succeeded, device: result(olt, []), parts: 5)
                #expect(try await bench.record(outcome).succeeded == 1)
                #expect(try await bench.stagedParts() == 0)
                let summary = try #require(try await bench.devices.olt("OLT-1"))
                #expect(summary.onusTotal == 5000)
                #expect(summary.onusOnline == 2500)
                #expect(summary.reachable == true)
                #expect(summary.lastSeenAt == bench.now)
                #expect(summary.facts == DeviceFacts(sysName: "central", upTimeTicks: .max))
            }
        }

        @Test(
            "a success whose parts are missing is a failure that is tried again; nothing of it is written",
            arguments: RecordBackend.available
        )
        func missingParts(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let task = try await bench.discovery(olt)
                try await bench.tasks.stage(OutcomePart(number: task.number, index: 0, observations: [observation(1)]), now: bench.now)
                #expect(try await bench.record(bench.outcome(task, .succeeded, device: result(olt, []), parts: 2)).retried == 1)
                #expect(try await onus(bench).isEmpty)
                #expect(try await bench.tasks.task(task.id)?.fault?.errorClass == "parts_missing")
            }
        }

        @Test("only a complete discovery marks ONUs as gone", arguments: RecordBackend.available)
        func gone(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                func discover(_ indexes: [Int], _ coverage: Coverage) async throws -> [Bool] {
                    let task = try await bench.discovery(olt)
                    let observations = indexes.map { observation($0) }
                    try await bench.record(bench.outcome(task, .succeeded, device: result(olt, observations, coverage: coverage)))
                    return try await onus(bench).map(\.isPresent)
                }
                #expect(try await discover([1, 2, 3], .complete) == [true, true, true])
                #expect(try await discover([1], .partial(reason: "silent half-way")) == [true, true, true])
                #expect(try await discover([1, 3], .complete) == [true, false, true])
                #expect(try await bench.devices.olt("OLT-1")?.onusTotal == 2)
                #expect(try await discover([2, 1, 3], .complete) == [true, true, true])
            }
        }

        @Test(
            "a column that was asked for and not answered is unknown from then on; one that was not asked for stays",
            arguments: RecordBackend.available
        )
        func columns(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let full = observation(1) { onu in
                    onu.rxOnuDbm = -21.5
                    onu.distanceMetres = 1200
                    onu.description = "Haus 7"
                }
                func read(_ onu: ONUObservation, _ columns: [ONUColumn], _ coverage: Coverage = .complete) async throws -> KnownONU {
                    let task = try await bench.discovery(olt)
                    let device = result(olt, [onu], operation: .get, coverage: coverage, columns: columns)
                    try await bench.record(bench.outcome(task, .succeeded, device: device))
                    return try #require(try await onus(bench).first)
                }
                let first = try await read(full, [.optics, .distance, .description])
                #expect(first.observation.rxOnuDbm == -21.5)
                #expect(first.readingsAt == bench.now)

                let bare = ONUObservation(index: full.index)
                let partial = try await read(bare, [.optics], .partial(reason: "silent"))
                #expect(partial.observation.rxOnuDbm == -21.5)
                let second = try await read(bare, [.optics])
                #expect(second.observation.rxOnuDbm == nil)
                #expect(second.observation.distanceMetres == 1200)
                #expect(second.observation.description == "Haus 7")
                #expect(second.observation.serial == full.serial)
            }
        }

        @Test("a result of a number that is not current any more writes nothing", arguments: RecordBackend.available)
        func stale(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let task = try await bench.discovery(olt)
                try await bench.record(bench.outcome(task, .interrupted(reason: "lease lost")))
                try await bench.tasks.stage(OutcomePart(number: task.number, index: 0, observations: [observation(2)]), now: bench.now)
                #expect(try await bench.record(bench.outcome(task, .succeeded, device: result(olt, []), parts: 1)).stale == 1)
                #expect(try await bench.stagedParts() == 0)
                #expect(try await bench.record(bench.outcome(task, .succeeded, device: result(olt, [observation(1)]))).stale == 1)
                #expect(try await onus(bench).isEmpty)
            }
        }

        @Test(
            "a silent device is shown as not reachable until it answers again; a zero byte in a name does not lose the ONU",
            arguments: RecordBackend.available
        )
        func silence(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                #expect(try await bench.devices.olt("OLT-1")?.reachable == nil)
                let first = try await bench.discovery(olt)
                try await bench.record(bench.outcome(first, .failed(TaskFault("device_silent", "silent", retryable: false))))
                #expect(try await bench.devices.olt("OLT-1")?.reachable == false)
                let second = try await bench.discovery(olt)
                let odd = observation(1) { $0.name = "odd\0name" }
                #expect(try await bench.record(bench.outcome(second, .succeeded, device: result(olt, [odd, odd]))).succeeded == 1)
                #expect(try await bench.devices.olt("OLT-1")?.reachable == true)
                #expect(try await onus(bench).map(\.observation.name) == ["odd\u{FFFD}name"])
            }
        }

        @Test(
            "ONUs are found by part of serial, MAC, name, description or index, by OLT and by status, page by page",
            arguments: RecordBackend.available
        )
        func search(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let other = try await bench.addOLT("OLT-2")
                let found = observation(9) { onu in
                    onu.serial = "ZTEGC0FFEE01"
                    onu.mac = "aa:bb:cc:dd:ee:ff"
                    onu.name = "50%_off"
                    onu.description = "Haus Müller"
                }
                for (olt, observations) in [(olt, (1...5).map { observation($0) } + [found]), (other, [observation(2)])] {
                    let task = try await bench.discovery(olt)
                    try await bench.record(bench.outcome(task, .succeeded, device: result(olt, observations)))
                }
                for text in ["c0ffee", "CC:DD", "50%", "müller", "4194312192.9"] {
                    #expect(try await onus(bench) { $0.text = text }.map(\.observation) == [found], "\(text)")
                }
                #expect(try await onus(bench) { $0.text = "%" }.count == 1)
                #expect(try await onus(bench) { $0.olt = other.id }.map(\.oltName) == ["OLT-2"])
                #expect(try await onus(bench) { $0.runStatus = .online }.count == 3)
                var filter = ONUFilter()
                filter.limit = 3
                var seen: [String] = []
                repeat {
                    let page = try await bench.onus.onus(filter)
                    seen += page.items.map { "\($0.olt.value)/\($0.observation.index)" }
                    filter.cursor = page.next
                } while filter.cursor != nil
                #expect(seen.count == 7)
                #expect(seen == seen.sorted())
            }
        }
    }
}
