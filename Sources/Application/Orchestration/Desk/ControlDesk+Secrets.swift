package import Domain

/// What sealing a batch again did.
package struct SecretRotation: Hashable, Sendable {
    /// An OLT whose credentials stay under another key.
    package struct Failure: Hashable, Sendable {
        package let olt: OLTID
        package let name: String
        package let reason: String
    }

    /// The key that seals now.
    package let key: String
    package var examined = 0
    /// Sealed again; of a dry run: to be sealed again.
    package var resealed = 0
    package var failures: [Failure] = []
    /// Where to go on; `nil`: that was the last.
    package var next: OLTID?
    /// Tasks whose messages may carry what another key sealed, when the last batch was done.
    package var underWay = 0
}

extension ControlDesk {
    /// Seals the credentials of a batch of OLTs with the key that seals now; what it sealed already is left alone.
    ///
    /// It can be broken off and begun anew at any time. The audit has each batch that changed something.
    package func rotateSecrets(
        after olt: OLTID?,
        limit: Int,
        isDryRun: Bool,
        by actor: AuditActor
    ) async throws(RecordError) -> SecretRotation {
        guard let record = parts.sealed else {
            throw .refused(operation: "rotate", message: "this record keeps no sealed credentials")
        }
        var rotation = SecretRotation(key: parts.seal.keyName)
        let found = try await record.sealed(after: olt, limit: limit)
        rotation.examined = found.count
        rotation.next = found.count == limit ? found.last?.olt : nil
        let old = found.filter { !parts.seal.isCurrent($0.credentials, for: $0.olt) }
        if !old.isEmpty, !isDryRun {
            try await audit(
                "secrets.rotate",
                of: "olts",
                by: actor,
                detail: ["key": .text(rotation.key), "from": .number(Double(old[0].olt.value)), "count": .number(Double(old.count))]
            )
        }
        for entry in old {
            switch opened(entry, key: rotation.key) {
            case .success(let new):
                if isDryRun {
                    rotation.resealed += 1
                } else if try await record.reseal(entry.olt, from: entry.credentials, to: new) {
                    rotation.resealed += 1
                }
            // Changed meanwhile: whoever changed them sealed them with the key that seals now.
            case .failure(let failure): rotation.failures.append(failure.failure)
            }
        }
        if rotation.next == nil { rotation.underWay = try await record.sealedUnderWay() }
        return rotation
    }

    private struct Unopened: Error {
        let failure: SecretRotation.Failure
    }

    private func opened(_ entry: SealedOLT, key: String) -> Result<SealedCredentials, Unopened> {
        do throws(SealError) {
            let credentials = try parts.seal.open(entry.credentials, for: entry.olt)
            return .success(try parts.seal.seal(credentials, for: entry.olt, revision: entry.credentials.revision))
        } catch {
            let reason =
                switch error {
                case .doesNotOpen: "none of this orchestrator's keys opens its credentials"
                case .badKey(let reason): reason
                }
            return .failure(Unopened(failure: SecretRotation.Failure(olt: entry.olt, name: entry.name, reason: reason)))
        }
    }
}
