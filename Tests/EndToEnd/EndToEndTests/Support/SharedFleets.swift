import Foundation

/// The fleets of this test process, started when first asked for; they end with it.
actor SharedFleets {
    static let shared = SharedFleets()

    private var up: Task<UpFleet, any Error>?
    private var own: Task<OwnFleet, any Error>?
    private var watched: Task<OwnFleet, any Error>?

    /// From `flotilla up`, with two workers; nobody kills parts of it.
    static func up() async throws -> Fleet { try await shared.upFleet().fleet }

    /// Resident bytes of the orchestrator of `up()`.
    static func residentBytesOfOrchestrator() async throws -> Int {
        let pids = try await shared.upFleet().processes
        guard let pid = pids.first(where: { Self.line("/proc/\($0)/comm").hasPrefix("flotilla-orch") }),
            let pages = Self.line("/proc/\(pid)/statm").split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else {
            throw NotAsExpected("no orchestrator among \(pids)")
        }
        return pages * 4096
    }

    private static func line(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// Of which tests kill parts; at least two workers are alive.
    static func own() async throws -> OwnFleet {
        let own = try await shared.ownFleet()
        try await own.fill(to: 2)
        return own
    }

    /// With JSON logs of everything, two workers that tell their figures, and quotas of 20 s.
    static func watched() async throws -> OwnFleet { try await shared.watchedFleet() }

    private func upFleet() async throws -> UpFleet {
        // Unstructured: the first asker's cancellation must not end what others wait for.
        let start = up ?? Task { try await UpFleet.start() }
        up = start
        return try await start.value
    }

    private func ownFleet() async throws -> OwnFleet {
        // Unstructured: the same.
        let start = own ?? Task { try await OwnFleet.start() }
        own = start
        return try await start.value
    }

    private func watchedFleet() async throws -> OwnFleet {
        let settings = [
            "FLOTILLA_LOG_FORMAT": "json", "FLOTILLA_LOG_LEVEL": "debug", "FLOTILLA_WORKER_HTTP_PORT": "0",
            "FLOTILLA_COORDINATOR_PERIOD_SECONDS": "20", "FLOTILLA_COORDINATOR_EVERY_MS": "500",
        ]
        // Unstructured: the same.
        let start = watched ?? Task { try await OwnFleet.start(extra: settings) }
        watched = start
        return try await start.value
    }
}
