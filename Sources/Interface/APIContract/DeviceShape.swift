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
    /// What is asked on a schedule; empty today: plans come later.
    package let operations: [String]

    package init(_ summary: OLTSummary) {
        id = summary.olt.id.value
        name = summary.olt.name
        address = summary.olt.address.description
        profile = summary.olt.profile
        enabled = summary.olt.enabled
        foundProfile = summary.facts?.profile
        vendor = summary.facts?.vendor
        objectId = summary.facts?.sysObjectID
        model = summary.facts?.sysDescription
        reachable = summary.reachable
        lastSeenAt = summary.lastSeenAt?.description
        operations = []
        onus = ONUs(total: summary.onusTotal, online: summary.onusOnline)
    }
}

/// What a caller sends to enter an OLT.
package struct OLTDraft: Codable, Hashable, Sendable {
    package let name: String
    package let address: String
    package let port: Int?
    package let profile: String
    package let community: String
    package let pdusPerSecond: Int?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case name, address, port, profile, community, pdusPerSecond
    }

    package init(name: String, address: String, port: Int?, profile: String, community: String, pdusPerSecond: Int? = nil) {
        self.name = name
        self.address = address
        self.port = port
        self.profile = profile
        self.community = community
        self.pdusPerSecond = pdusPerSecond
    }
}
