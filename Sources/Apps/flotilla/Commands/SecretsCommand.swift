import APIContract
import ArgumentParser

/// `flotilla secrets rotate`.
struct SecretsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets",
        abstract: "The key that seals the credentials of OLTs.",
        subcommands: [Rotate.self]
    )

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal the credentials of all OLTs with the orchestrator's key, so that older keys can go.",
            discussion: """
                Workers first: each needs the new key beside the old one, in FLOTILLA_SEAL_OTHER_KEYS. Then the orchestrators: the new one as \
                FLOTILLA_SEAL_KEY, the old one in FLOTILLA_SEAL_OTHER_KEYS. Then this. It can be broken off and begun again.
                """
        )

        @Flag(help: "Only say what would be done.")
        var dryRun = false

        @Option(help: "OLTs in one request, 1 to 1000.")
        var batch = 200

        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard SecretRotationOrder.limits.contains(batch) else {
                throw ValidationError("--batch \(batch) is out of range; allowed: 1 to 1000")
            }
        }

        func run() async throws {
            let client = try common.client()
            var all: SecretRotationShape?
            repeat {
                let order = SecretRotationOrder(dryRun: dryRun, after: all?.next, limit: batch)
                let step: SecretRotationShape = try await client.post(APIPath.secretsRotate, order)
                all = all.map { Self.sum($0, step) } ?? step
                if step.next != nil, !common.json { Terminal.note("\(all?.examined ?? 0) OLTs looked at, \(verb(all?.resealed ?? 0))") }
            } while all?.next != nil
            guard let all else { return }
            if common.json { try Terminal.json(all) } else { tell(all) }
            if !all.failed.isEmpty {
                throw CommandError(
                    .partial,
                    "the credentials of \(all.failed.count) OLTs stay under a key that this orchestrator does not have"
                )
            }
        }

        private func tell(_ all: SecretRotationShape) {
            Terminal.say("key \(all.key): \(all.examined) OLTs looked at, \(verb(all.resealed)), \(all.failed.count) failed")
            for failure in all.failed { Terminal.say("\(Terminal.visible(failure.name)) (\(failure.olt)): \(failure.reason)") }
            guard !dryRun, all.failed.isEmpty else { return }
            Terminal.say(
                all.underWay == 0
                    ? "older keys can be taken away now: first from the orchestrators, then from the workers"
                    : "older keys can be taken away once the \(all.underWay) tasks of OLTs that are queued now have ended; orchestrators first"
            )
        }

        private func verb(_ count: Int) -> String { dryRun ? "\(count) to be sealed again" : "\(count) sealed again" }

        private static func sum(_ before: SecretRotationShape, _ step: SecretRotationShape) -> SecretRotationShape {
            SecretRotationShape(
                key: step.key,
                examined: before.examined + step.examined,
                resealed: before.resealed + step.resealed,
                failed: before.failed + step.failed,
                next: step.next,
                underWay: step.underWay
            )
        }
    }
}
