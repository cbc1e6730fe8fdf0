package import Domain

extension ControlDesk {
    /// Changes how an OLT is asked; the audit says who did, never to what.
    ///
    /// Tasks that were dispatched before go on with the old credentials. `nil`: there is no such OLT.
    package func changeCredentials(
        of nameOrID: String,
        version: SNMPVersion,
        to credentials: Credentials,
        by actor: AuditActor
    ) async throws(RecordError) -> OLTSummary? {
        guard let known = try await olt(nameOrID)?.olt else { return nil }
        try await audit(
            "olt.credentials",
            of: known.id.description,
            by: actor,
            detail: [
                "olt": .text(known.name), "version": .text(version.rawValue),
                "level": credentials.user.map { .text($0.security.level) } ?? .null,
            ]
        )
        return try await parts.devices.changeCredentials(of: "\(known.id.value)", version: version) { [seal = parts.seal] id, revision in
            try seal.seal(credentials, for: id, revision: revision)
        }
    }
}
