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
    @OrNull package var vendor: String?
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
        vendor = summary.facts?.sysObjectID
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

/// One value of one column of an ONU, with its unit and when it was taken.
package struct ReadingShape: Codable, Hashable, Sendable {
    package let value: Double
    package let unit: String
    @OrNull package var at: String?
    /// `good`: told by the device and plausible.
    package let quality: String
}

/// An ONU as the API and `--json` show it: powers in dBm, distances in metres.
package struct ONUShape: Codable, Hashable, Sendable {
    package let olt: String
    package let index: String
    @OrNull package var port: String?
    @OrNull package var onuId: Int?
    @OrNull package var serial: String?
    @OrNull package var mac: String?
    @OrNull package var name: String?
    @OrNull package var description: String?
    @OrNull package var adminStatus: String?
    package let runStatus: String
    @OrNull package var rxOnuDbm: Double?
    @OrNull package var txOnuDbm: Double?
    @OrNull package var rxOltDbm: Double?
    @OrNull package var distanceM: Double?
    @OrNull package var temperatureC: Double?
    @OrNull package var lastDownCause: String?
    package let firstSeenAt: String
    package let lastSeenAt: String
    @OrNull package var readingsAt: String?
    /// By column; what the device did not tell is not there.
    package let readings: [String: ReadingShape]
    package let state: String

    package init(_ known: KnownONU) {
        let seen = known.observation
        olt = known.oltName
        index = seen.index
        port = seen.port
        onuId = seen.onuID
        serial = seen.serial
        mac = seen.mac
        name = seen.name
        description = seen.description
        adminStatus = seen.adminStatus?.word
        runStatus = (seen.runStatus ?? .unknown).word
        rxOnuDbm = seen.rxOnuDbm
        txOnuDbm = seen.txOnuDbm
        rxOltDbm = seen.rxOltDbm
        distanceM = seen.distanceMetres
        temperatureC = seen.temperatureCelsius
        lastDownCause = seen.lastDownCause
        firstSeenAt = known.firstSeenAt.description
        lastSeenAt = known.lastSeenAt.description
        let at = known.readingsAt?.description
        readingsAt = at
        let measured: [(String, Double?, String)] = [
            ("distance", seen.distanceMetres, "m"), ("rxOnu", seen.rxOnuDbm, "dBm"), ("txOnu", seen.txOnuDbm, "dBm"),
            ("rxOlt", seen.rxOltDbm, "dBm"), ("temperature", seen.temperatureCelsius, "C"), ("voltage", seen.voltageVolts, "V"),
            ("bias", seen.biasMilliamps, "mA"),
        ]
        readings = Dictionary(
            uniqueKeysWithValues: measured.compactMap { column, value, unit in
                value.map { (column, ReadingShape(value: $0, unit: unit, at: at, quality: "good")) }
            }
        )
        state = known.isPresent ? "present" : "gone"
    }
}
