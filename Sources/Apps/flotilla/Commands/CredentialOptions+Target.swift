import APIContract
import Domain
import SNMP

extension CredentialOptions {
    /// A device that is asked from this machine; `standard` is the community when none is given.
    func target(address: String, port: UInt16, standard: String) throws -> SNMPTarget {
        let draft = try draft(standard: standard)
        let version = draft.snmpVersion ?? (draft.user == nil ? "v2c" : "v3")
        switch version {
        case "v1", "v2c":
            guard user == nil, auth == nil, priv == nil, context == nil else {
                throw CommandError(
                    .usage,
                    "\(version) has a community only; allowed with --user, --auth, --priv, --context: --snmp-version v3"
                )
            }
            guard let community = draft.community, !community.isEmpty else { throw CommandError(.usage, "--community must not be empty") }
            return SNMPTarget(address: address, port: port, version: version == "v1" ? .v1 : .v2c, community: Array(community.utf8))
        case "v3":
            guard community == nil else { throw CommandError(.usage, "v3 has no community; allowed with --community: v1, v2c") }
            let asking = SNMPUser(name: user ?? "", security: try security(draft), contextName: context ?? "")
            if let problem = asking.problem { throw CommandError(.usage, problem) }
            return SNMPTarget(address: address, port: port, user: asking)
        default: throw CommandError(.usage, "there is no version \"\(version)\"; allowed: v1, v2c, v3")
        }
    }

    private func security(_ draft: CredentialsDraft) throws -> SNMPUser.Security {
        guard let auth, let algorithm = SNMPUser.AuthenticationProtocol(rawValue: auth.rawValue) else {
            if priv != nil { throw CommandError(.usage, "--priv needs --auth too") }
            return .open
        }
        let authentication = SNMPUser.Authentication(algorithm, passphrase: Array((draft.authenticationPassphrase ?? "").utf8))
        guard let priv, let cipher = SNMPUser.PrivacyProtocol(rawValue: priv.rawValue) else { return .signed(authentication) }
        return .sealed(authentication, SNMPUser.Privacy(cipher, passphrase: Array((draft.privacyPassphrase ?? "").utf8)))
    }
}
