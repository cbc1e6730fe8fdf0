package import Domain

/// An OLT as the API and `--json` show it, without its credentials.
package struct OLTShape: Codable, Hashable, Sendable {
    package struct ONUs: Codable, Hashable, Sendable {
        package let total: Int
        package let online: Int
    }

    package let id: Int64
    package let name: String
    package let address: String
    package let profile: String
    package let snmpVersion: String
    package let enabled: Bool
    /// The profile that reads it: of one that was entered with `auto`, the one that was found.
    @OrNull package var foundProfile: String?
    @OrNull package var vendor: String?
    /// sysObjectID.
    @OrNull package var objectId: String?
    @OrNull package var model: String?
    @OrNull package var reachable: Bool?
    @OrNull package var lastSeenAt: String?
    package let onus: ONUs
    package let labels: [String: String]
    package let limits: Limits
    /// What is asked on a schedule, by rank.
    package let operations: [OperationShape]

    /// How gently it is treated.
    package struct Limits: Codable, Hashable, Sendable {
        package let pdusPerSecond: Int
        package let repetitionsMax: Int
        package let attempts: Int
        /// `null`: as long as the lease store waits.
        @OrNull package var quietGap: String?
    }

    package init(_ summary: OLTSummary, operations: [DeclaredOperation]) {
        id = summary.olt.id.value
        name = summary.olt.name
        address = summary.olt.address.description
        profile = summary.olt.profile
        snmpVersion = summary.olt.version.rawValue
        enabled = summary.olt.enabled
        foundProfile = summary.facts?.profile
        vendor = summary.facts?.vendor
        objectId = summary.facts?.sysObjectID
        model = summary.facts?.sysDescription
        reachable = summary.reachable
        lastSeenAt = summary.lastSeenAt?.description
        self.operations = operations.map(OperationShape.init)
        labels = summary.olt.labels
        let limits = summary.olt.limits
        self.limits = Limits(
            pdusPerSecond: limits.pdusPerSecond,
            repetitionsMax: limits.repetitionsMax,
            attempts: limits.attempts,
            quietGap: limits.quietGap.map(SpanText.write)
        )
        onus = ONUs(total: summary.onusTotal, online: summary.onusOnline)
    }
}

/// What a caller sends to enter an OLT.
package struct OLTDraft: Codable, Hashable, Sendable {
    package let name: String
    package let address: String
    package let port: Int?
    package let profile: String
    package let pdusPerSecond: Int?
    package var repetitionsMax: Int?
    package var attempts: Int?
    package var quietGap: String?
    package var enabled: Bool?
    package var labels: [String: String]?
    package var operations: [OperationDraft]?
    /// Its fields stand beside the others.
    package let credentials: CredentialsDraft

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case name, address, port, profile, pdusPerSecond, repetitionsMax, attempts, quietGap, enabled, labels, operations
        case snmpVersion, community, user, authentication, authenticationPassphrase, privacy, privacyPassphrase, context
    }

    package init(name: String, address: String, port: Int?, profile: String, community: String, pdusPerSecond: Int? = nil) {
        let credentials = CredentialsDraft(community: community)
        self.init(name: name, address: address, port: port, profile: profile, credentials: credentials, pdusPerSecond: pdusPerSecond)
    }

    package init(name: String, address: String, port: Int?, profile: String, credentials: CredentialsDraft, pdusPerSecond: Int? = nil) {
        self.name = name
        self.address = address
        self.port = port
        self.profile = profile
        self.credentials = credentials
        self.pdusPerSecond = pdusPerSecond
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decode(String.self, forKey: .name)
        address = try fields.decode(String.self, forKey: .address)
        port = try fields.decodeIfPresent(Int.self, forKey: .port)
        profile = try fields.decode(String.self, forKey: .profile)
        pdusPerSecond = try fields.decodeIfPresent(Int.self, forKey: .pdusPerSecond)
        repetitionsMax = try fields.decodeIfPresent(Int.self, forKey: .repetitionsMax)
        attempts = try fields.decodeIfPresent(Int.self, forKey: .attempts)
        quietGap = try fields.decodeIfPresent(String.self, forKey: .quietGap)
        enabled = try fields.decodeIfPresent(Bool.self, forKey: .enabled)
        labels = try fields.decodeIfPresent([String: String].self, forKey: .labels)
        operations = try fields.decodeIfPresent([OperationDraft].self, forKey: .operations)
        credentials = try CredentialsDraft(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(address, forKey: .address)
        try fields.encodeIfPresent(port, forKey: .port)
        try fields.encode(profile, forKey: .profile)
        try fields.encodeIfPresent(pdusPerSecond, forKey: .pdusPerSecond)
        try fields.encodeIfPresent(repetitionsMax, forKey: .repetitionsMax)
        try fields.encodeIfPresent(attempts, forKey: .attempts)
        try fields.encodeIfPresent(quietGap, forKey: .quietGap)
        try fields.encodeIfPresent(enabled, forKey: .enabled)
        try fields.encodeIfPresent(labels, forKey: .labels)
        try fields.encodeIfPresent(operations, forKey: .operations)
        try credentials.encode(to: encoder)
    }
}
