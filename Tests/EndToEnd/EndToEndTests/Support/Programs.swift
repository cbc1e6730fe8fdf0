import Foundation
import TestSupport

/// The programs under test, as they were built.
enum Programs {
    /// Why there is nothing to test.
    struct NotBuilt: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path) is not there: build all products into one folder, or set FLOTILLA_PROGRAMS to theirs" }
    }

    /// A program beside the test process, or in FLOTILLA_PROGRAMS.
    static func path(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().path
        let folder = ProcessInfo.processInfo.environment["FLOTILLA_PROGRAMS"] ?? beside
        let path = "\(folder)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw NotBuilt(path: path) }
        return path
    }

    /// What programs inherit: nothing of the tester's own fleet.
    static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("FLOTILLA_") }
        environment["FLOTILLA_PROFILES"] = "\(Recordings.packageRoot)/deploy/profiles"
        environment["FLOTILLA_COORDINATOR_LOG_FOLDER"] = "off"
        return environment
    }

    /// For fleets of which parts are killed: leases and beats as short as the settings allow, holders shown to simulated OLTs.
    static let quick = [
        "FLOTILLA_LEASE_SPAN_MS": "9000", "FLOTILLA_LEASE_RENEW_MS": "2000", "FLOTILLA_WORKER_BEAT_MS": "1000",
        "FLOTILLA_SNMP_WITNESS": "true",
    ]
}
