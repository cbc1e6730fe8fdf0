import Domain
import TestSupport
import Testing

extension RecordSuites {
    @Suite("What operators declare")
    struct Declarations {
        private static let discovery = DeclaredOperation(.discovery, cadence: .perPeriod(4), timeout: .seconds(60))
        private static let optics = DeclaredOperation(.get(.optics), isEnabled: false, cadence: .every(.seconds(300)))
        private static let status = DeclaredOperation(.get(.status), cadence: .perPeriod(12))

        private func change(_ change: (inout OLTChange) -> Void) -> OLTChange {
            var made = OLTChange()
            change(&made)
            return made
        }

        @Test("operations are declared, replaced and taken back, each type once", arguments: RecordBackend.available)
        func operations(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1", operations: [Self.optics, Self.discovery])
                let bare = try await bench.addOLT("OLT-2")
                #expect(try await bench.devices.operations(of: [olt.id, bare.id]) == [olt.id: [Self.discovery, Self.optics]])

                let often = DeclaredOperation(.get(.optics), cadence: .perPeriod(6))
                #expect(try await bench.devices.declare([Self.status, often], of: olt.id, now: bench.now))
                #expect(try await bench.devices.operations(of: [olt.id]) == [olt.id: [Self.discovery, Self.status, often]])

                #expect(try await bench.devices.undeclare([.get(.status), .get(.serial)], of: olt.id) == [.get(.status)])
                #expect(try await bench.devices.operations(of: [olt.id]) == [olt.id: [Self.discovery, often]])
                #expect(try await bench.devices.declare([Self.status], of: OLTID(99), now: bench.now) == false)
                #expect(try await bench.devices.undeclare([.discovery], of: OLTID(99)) == [])
            }
        }

        @Test("the text of a declaration is the canonical one to the byte", arguments: RecordBackend.available)
        func texts(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let everything = OperationType.all.map { DeclaredOperation($0, cadence: .perPeriod(2)) }
                let full = try await bench.addOLT("OLT-1", operations: everything)
                let bare = try await bench.addOLT("OLT-2")
                let mixed = try await bench.addOLT("OLT-3", operations: [Self.status, Self.optics, Self.discovery])
                _ = try await bench.devices.changeOLT("OLT-3", change { $0.isEnabled = false }, now: bench.now)
                let expected = [
                    OLTDeclaration(full.id, isEnabled: true, operations: everything),
                    OLTDeclaration(bare.id, isEnabled: true, operations: []),
                    OLTDeclaration(mixed.id, isEnabled: false, operations: [Self.discovery, Self.status, Self.optics]),
                ]

                #expect(try await bench.devices.declarations(of: [mixed.id, full.id, bare.id, OLTID(99)]) == expected)
                let first = try await bench.devices.allDeclarations(after: nil, limit: 2)
                #expect(first == expected.prefix(2).map { OLTDeclarationText(olt: $0.olt, text: $0.canonicalText) })
                let rest = try await bench.devices.allDeclarations(after: first.last?.olt, limit: 2)
                #expect(rest.map(\.text) == [expected[2].canonicalText])
                #expect(rest.first?.text.contains("off; discovery on 4/period timeout=60000000; get.status on 12/period; ") == true)
            }
        }

        @Test("an OLT is changed in what is named, and in nothing else", arguments: RecordBackend.available)
        func changes(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let entry = OLTEntry(
                    name: "OLT-1",
                    address: DeviceAddress(host: "10.0.0.1", port: 1161),
                    version: .v2c,
                    profile: "huawei",
                    limits: DeviceLimits(quietGap: .seconds(20)),
                    labels: ["city": "Köln", "ring": "7"]
                )
                let olt = try await bench.addOLT(entry)
                #expect(try await bench.devices.olt("OLT-1")?.olt == olt)

                let change = change {
                    $0.name = "OLT-EINS"
                    $0.port = 161
                    $0.labels = ["ring": nil, "site": "Süd"]
                    $0.pdusPerSecond = 7
                }
                let changed = try await bench.devices.changeOLT("OLT-1", change, now: bench.now)
                #expect(changed?.olt == olt.changed(change))
                #expect(changed?.olt.labels == ["city": "Köln", "site": "Süd"])
                #expect(changed?.olt.limits.quietGap == .seconds(20))
                #expect(try await bench.devices.olt("OLT-EINS")?.olt == changed?.olt)
                let other = self.change {
                    $0.quietGap = .some(nil)
                    $0.isEnabled = false
                    $0.profile = "zte"
                }
                #expect(try await bench.devices.changeOLT("\(olt.id.value)", other, now: bench.now)?.olt.limits.quietGap == nil)
                #expect(try await bench.devices.namedOLTs(["OLT-EINS"]) == ["OLT-EINS": .known(olt.id, enabled: false)])
                #expect(try await bench.devices.changeOLT("OLT-1", other, now: bench.now) == nil)
            }
        }

        @Test("an address is entered once, and the refusal names who has it", arguments: RecordBackend.available)
        func addresses(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                func entry(_ name: String, port: UInt16) -> OLTEntry {
                    let address = DeviceAddress(host: "10.0.0.1", port: port)
                    return OLTEntry(name: name, address: address, version: .v2c, profile: "huawei", limits: DeviceLimits())
                }
                _ = try await bench.addOLT(entry("OLT-1", port: 161))
                let taken = RecordError.conflict(what: "10.0.0.1:161 is the address of OLT \"OLT-1\" already")
                await #expect(throws: taken) { try await bench.addOLT(entry("OLT-2", port: 161)) }
                _ = try await bench.addOLT(entry("OLT-2", port: 162))
                await #expect(throws: taken) {
                    try await bench.devices.changeOLT("OLT-2", change { $0.port = 161 }, now: bench.now)
                }
                await #expect(throws: RecordError.conflict(what: "there is an OLT \"OLT-1\" already")) {
                    try await bench.devices.changeOLT("OLT-2", change { $0.name = "OLT-1" }, now: bench.now)
                }
                await #expect(throws: RecordError.noName(operation: "change an OLT")) {
                    try await bench.devices.changeOLT("OLT-2", change { $0.name = "17" }, now: bench.now)
                }
                #expect(try await bench.devices.changeOLT("OLT-1", change { $0.host = "10.0.0.1" }, now: bench.now) != nil)
            }
        }

        @Test("many who enter one address at once: one has it")
        func race() async throws {
            try await Bench.with { bench in
                let entered = await withTaskGroup(of: Bool.self) { group in
                    for place in 0..<8 {
                        group.addTask {
                            let address = DeviceAddress(host: "10.0.0.1")
                            let limits = DeviceLimits()
                            let entry = OLTEntry(name: "OLT-\(place)", address: address, version: .v2c, profile: "huawei", limits: limits)
                            return await (try? bench.addOLT(entry)) != nil
                        }
                    }
                    return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(entered == 1)
                let known = try await bench.devices.olts(OLTFilter(limit: 10, cursor: nil))
                #expect(known.items.count == 1)
            }
        }

        @Test("an OLT goes once no task of it stands; its declarations go with it", arguments: RecordBackend.available)
        func removal(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1", operations: [Self.discovery])
                let task = try await bench.discovery(olt)
                #expect(try await bench.devices.removeOLT("OLT-1") == .busy(olt, count: 1, tasks: [task.id]))
                let result = DeviceResult(
                    olt: olt.id,
                    operation: .discovery,
                    coverage: .complete,
                    observations: [ONUObservation(index: "1.1")],
                    columns: []
                )
                try await bench.record(bench.outcome(task, .succeeded, device: result))
                #expect(try await bench.devices.olt("OLT-1")?.onusTotal == 1)

                #expect(try await bench.devices.removeOLT("OLT-1") == .removed(olt))
                #expect(try await bench.devices.olt("OLT-1") == nil)
                #expect(try await bench.devices.declarations(of: [olt.id]) == [])
                #expect(try await bench.onus.onus(ONUFilter()).items == [])
                #expect(try await bench.devices.removeOLT("OLT-1") == .unknown)
                #expect(try await bench.state(task.id) == .succeeded)
                let again = try await bench.addOLT("OLT-1")
                #expect(again.id > olt.id)
            }
        }

        @Test("the quiet gap of an OLT travels with its tasks", arguments: RecordBackend.available)
        func quietGap(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let gap = change { $0.quietGap = .milliseconds(12_500) }
                _ = try await bench.devices.changeOLT("OLT-1", gap, now: bench.now)
                #expect(try await bench.discovery(olt).device?.limits.quietGap == .milliseconds(12_500))
            }
        }
    }
}
