import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Nothing but the command line, and a simulated OLT where one is asked.
    @Suite("Profiles by the command line", .serialized, .timeLimit(.minutes(2)))
    struct ProfileWords {
        private struct Inspected: Decodable {
            struct ONU: Decodable {
                let index: String
                let serial: String?
                let runStatus: String
                let rxOnuDbm: Double?
                let downClass: String?
            }

            struct Column: Decodable {
                let field: String
                let rows: Int
                let unread: Int
            }

            let profile: String
            let coverage: String
            let onus: [ONU]
            let columns: [Column]
            let warnings: [String]
        }

        private struct Probed: Decodable {
            struct Trial: Decodable {
                let profile: String
                let proposed: Bool
                let answered: Bool
            }

            let vendor: String?
            let profile: String?
            let trials: [Trial]
        }

        private static func fixture(_ profile: String) -> String { "\(Recordings.packageRoot)/Tests/Fixtures/\(profile).snmprec" }

        private func flotilla(_ words: String..., environment: [String: String] = [:]) async throws -> Finished {
            try await Finished.run(
                Programs.path("flotilla"),
                words,
                environment: Programs.environment.merging(environment) { _, own in own }
            )
        }

        @Test("a profile is tried on a recording: its ONUs as a table, as JSON and as CSV, and what is missing")
        func tried() async throws {
            let rows = Self.fixture("vsol-gpon")
            let table = try await flotilla("profile", "test", "vsol-gpon", "--recording", rows)
            #expect(table.status == .code(0) && table.out.contains("VSOL11223344") && table.out.contains("-19.32 dBm"), "\(table)")
            #expect(table.out.contains("2 ONUs, 1 online; discovery complete"))
            #expect(table.err.contains("onus.firmware: the device has no row"))

            let json = try await flotilla("profile", "test", "vsol-gpon", "--recording", rows, "--json").decoded(as: Inspected.self)
            #expect(json.profile == "vsol-gpon" && json.coverage == "complete" && json.onus.count == 2)
            let down = json.onus.first { $0.index == "3.2" }
            #expect(down?.runStatus == "offline" && down?.downClass == "fibre" && down?.rxOnuDbm == nil)
            #expect(json.columns.first { $0.field == "rxOnu" }.map { [$0.rows, $0.unread] } == [2, 1])

            let csv = try await flotilla("profile", "test", "vsol-gpon", "--recording", rows, "--csv")
            #expect(csv.out.split(separator: "\n").count == 3 && csv.out.hasPrefix("index,port,onu,serial,"), "\(csv)")
        }

        @Test("a profile that fits nothing ends with 5; a fault names file, line and what is allowed; what is not there is said")
        func refused() async throws {
            let other = try await flotilla("profile", "test", "fiberhome", "--recording", Self.fixture("vsol-gpon"))
            #expect(other.status == .code(5) && other.err.contains("no ONU was found"), "\(other)")

            let shipped = "\(Recordings.packageRoot)/deploy/profiles/ufiber.yaml"
            let broken = try String(contentsOfFile: shipped, encoding: .utf8).replacingOccurrences(of: "cost: dear", with: "cost: free")
            let path = NSTemporaryDirectory() + "broken-\(UUID().uuidString).yaml"
            try broken.write(toFile: path, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let faulty = try await flotilla("profile", "test", path, "--recording", Self.fixture("ufiber"))
            #expect(faulty.status == .code(1) && faulty.err.contains("\(path):") && faulty.err.contains("cheap, medium, dear"), "\(faulty)")

            let unknown = try await flotilla("profile", "show", "nobody")
            #expect(unknown.status == .code(3) && unknown.err.contains("known: bdcom-epon"), "\(unknown)")
        }

        @Test("the profiles are listed, and one is shown with its columns")
        func listed() async throws {
            let list = try await flotilla("profile", "list")
            #expect(list.status == .code(0) && list.out.contains("nokia-isam") && list.out.contains("zte-c6xx"), "\(list)")
            let shown = try await flotilla("profile", "show", "huawei")
            #expect(shown.out.contains("1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3") && shown.out.contains("unverified"), "\(shown)")
        }

        @Test("an address that is not entered is asked directly: vendor, profile, and what every trial answered")
        func probed() async throws {
            let simulator = try await OLTSim.recordings(["127.34.0.1": Self.fixture("zte-c3xx")])
            let port = "\(simulator.port)"

            let probe = try await flotilla("olt", "probe", "127.34.0.1", "--port", port, "--json").decoded(as: Probed.self)
            #expect(probe.vendor == "ZTE" && probe.profile == "zte-c3xx" && probe.trials.count >= 14)
            #expect(probe.trials.filter(\.answered).map(\.profile) == ["zte-c3xx"])

            let words = try await flotilla("olt", "probe", "127.34.0.1", "--port", port, environment: ["FLOTILLA_COMMUNITY": "public"])
            #expect(words.status == .code(0) && words.err.contains("--profile zte-c3xx"), "\(words)")
            let wrong = try await flotilla("olt", "probe", "127.34.0.1", "--port", port, environment: ["FLOTILLA_COMMUNITY": "other"])
            #expect(wrong.status == .code(4) && wrong.err.contains("wrong community, or not reachable"), "\(wrong)")
        }
    }
}
