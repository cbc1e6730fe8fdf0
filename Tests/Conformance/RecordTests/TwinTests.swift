import Testing

extension RecordSuites {
    @Suite("Memory and PostgreSQL, side by side")
    struct TwinTests {
        @Test("the same random history gets the same answers and leaves the same stories", arguments: UInt64(1)...8)
        func sideBySide(seed: UInt64) async throws {
            try await Bench.with { bench in
                var twins = Twins(memory: .inMemory(), postgres: bench, seed: seed)
                try await twins.run(steps: 400)
            }
        }
    }
}
