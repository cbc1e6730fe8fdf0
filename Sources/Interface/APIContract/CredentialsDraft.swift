/// What a caller sends to say how an OLT is asked: a community for version 1 and 2c, a user for version 3.
///
/// Never answered back.
package struct CredentialsDraft: Codable, Hashable, Sendable {
    /// `v1`, `v2c`, `v3`; without it `v3` when there is a user, else `v2c`.
    package var snmpVersion: String?
    package var community: String?
    package var user: String?
    package var authentication: String?
    package var authenticationPassphrase: String?
    package var privacy: String?
    package var privacyPassphrase: String?
    package var context: String?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case snmpVersion, community, user, authentication, authenticationPassphrase, privacy, privacyPassphrase, context
    }

    package init(snmpVersion: String? = nil, community: String? = nil) {
        self.snmpVersion = snmpVersion
        self.community = community
    }
}

extension CredentialsDraft: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "credentials(hidden)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
