import Domain
import RecordAdapter
import Testing

extension RecordSuites {
    @Suite("Sealed credentials")
    struct Sealed {
        @Test("they are listed by id, and sealed again only while they are what was found", arguments: RecordBackend.available)
        func resealing(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olts = [try await bench.addOLT("a"), try await bench.addOLT("b"), try await bench.addOLT("c")]
                let all = try await bench.sealed.sealed(after: nil, limit: 10)
                #expect(all.map(\.name) == ["a", "b", "c"])
                #expect(try await bench.sealed.sealed(after: olts[0].id, limit: 1).map(\.olt) == [olts[1].id])

                let new = SealedCredentials(bytes: [9, 9, 9], revision: all[0].credentials.revision)
                #expect(try await bench.sealed.reseal(olts[0].id, from: all[0].credentials, to: new))
                #expect(try await bench.sealed.reseal(olts[0].id, from: all[0].credentials, to: new) == false)
                #expect(try await bench.devices.olt("a")?.olt.credentials == new)
                #expect(try await bench.sealed.reseal(OLTID(999), from: new, to: new) == false)
            }
        }

        @Test("tasks of OLTs that are queued are counted: their messages carry what was sealed before", arguments: RecordBackend.available)
        func underWay(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("a")
                _ = try await bench.queued(bench.task())
                #expect(try await bench.sealed.sealedUnderWay() == 0)
                _ = try await bench.discovery(olt)
                #expect(try await bench.sealed.sealedUnderWay() == 1)
            }
        }
    }
}
