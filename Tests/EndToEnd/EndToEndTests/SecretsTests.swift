import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// The key that seals credentials is changed while the fleet works.
    @Suite("Changing the seal key", .serialized, .timeLimit(.minutes(4)))
    struct SealKeyChange {
        private static let (old, new, foreign) = (
            String(repeating: "5a", count: 32), String(repeating: "a7", count: 32), String(repeating: "11", count: 32)
        )

        @Test("workers first, orchestrators next, then all is sealed again in batches, and the old key can go")
        func story() async throws {
            let own = try await OwnFleet.start(workers: 0)
            let fleet = own.fleet
            let simulator = try await OLTSim.huawei("127.0.9.11-127.0.9.15", onusPerPort: 2)
            for number in 1...5 { try await fleet.enter("OLT-\(number)", at: "127.0.9.1\(number)", simulator, profile: "huawei") }
            let before = try await fleet.cliJSON("secrets", "rotate", as: SecretRotationShape.self)
            #expect(before.examined == 5 && before.resealed == 0 && before.failed.isEmpty)

            try await own.startWorker(extra: ["FLOTILLA_SEAL_OTHER_KEYS": Self.new])
            try await restart(own, key: Self.new, others: Self.old)
            let dry = try await fleet.cliJSON("secrets", "rotate", "--dry-run", "--batch", "2", as: SecretRotationShape.self)
            #expect(dry.resealed == 5 && dry.key != before.key)
            let done = try await fleet.cli("secrets", "rotate", "--batch", "2")
            #expect(done.status == .code(0), "\(done)")
            #expect(done.out.contains("5 sealed again") && done.out.contains("can be taken away"), "\(done)")
            #expect(done.err.contains("2 OLTs looked at"), "\(done)")
            #expect(try await fleet.cliJSON("secrets", "rotate", as: SecretRotationShape.self).resealed == 0)
            let audit = try await fleet.cli("audit", "list", "--verb", "secrets.rotate", "--json")
            #expect(try audit.decoded(as: Listing<AuditShape>.self).items.count == 3)
            #expect(!audit.out.contains(Self.new) && !audit.out.contains(Self.old))

            // A worker that has the new key opens what was sealed again, and the orchestrator does without the old one.
            let task = try await fleet.submit(#"{"kind":"snmp.probe","payload":{"olt":"OLT-3"}}"#)
            #expect(try await fleet.ended(task).state == "succeeded")
            try await restart(own, key: Self.new, others: nil)
            #expect(try await fleet.cliJSON("secrets", "rotate", as: SecretRotationShape.self).failed.isEmpty)
        }

        @Test("what no key opens is named, stays as it is, and ends the command with 5; bad orders are refused with what is allowed")
        func foreign() async throws {
            let own = try await OwnFleet.start(workers: 0)
            let fleet = own.fleet
            _ = try await fleet.cliJSON(
                "olt",
                "add",
                "OLT-A",
                "127.0.9.21",
                "--community",
                "public",
                "--profile",
                "huawei",
                as: OLTShape.self
            )
            try await restart(own, key: Self.foreign, others: nil)
            _ = try await fleet.cliJSON(
                "olt",
                "add",
                "OLT-B",
                "127.0.9.22",
                "--community",
                "public",
                "--profile",
                "huawei",
                as: OLTShape.self
            )

            let rotated = try await fleet.cli("secrets", "rotate")
            #expect(rotated.status == .code(5), "\(rotated)")
            #expect(rotated.out.contains("OLT-A") && rotated.out.contains("none of this orchestrator's keys"), "\(rotated)")
            #expect(!rotated.out.contains("OLT-B"), "\(rotated)")

            try await restart(own, key: Self.new, others: "\(Self.old),\(Self.foreign)")
            #expect(try await fleet.cliJSON("secrets", "rotate", as: SecretRotationShape.self).resealed == 2)
            for (body, allowed) in [(#"{"limit": 0}"#, "1 to 1000"), (#"{"limit": 1001}"#, "1 to 1000"), (#"{"speed": 1}"#, "dryRun")] {
                let refused = try await fleet.api.post(APIPath.secretsRotate, body)
                #expect(refused.status == 400 && "\(refused)".contains(allowed), "\(refused)")
            }
        }

        private func restart(_ own: OwnFleet, key: String, others: String?) async throws {
            own.killOrchestrator()
            var extra = ["FLOTILLA_SEAL_KEY": key]
            extra["FLOTILLA_SEAL_OTHER_KEYS"] = others
            try await own.startOrchestrator(extra: extra)
        }
    }
}
