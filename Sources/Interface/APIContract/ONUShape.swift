package import Domain

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
    /// What the received power at the ONU amounts to: good, warning or critical.
    @OrNull package var optics: String?
    @OrNull package var lastDownCause: String?
    /// power, fibre, administrative or other.
    @OrNull package var downClass: String?
    @OrNull package var model: String?
    @OrNull package var firmware: String?
    package let firstSeenAt: String
    package let lastSeenAt: String
    @OrNull package var readingsAt: String?
    /// By column; what the device did not tell is not there.
    package let readings: [String: ReadingShape]
    package let state: String

    package init(_ known: KnownONU, optics classes: OpticsClasses) {
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
        optics = seen.rxOnuDbm.map { classes.grade($0).rawValue }
        lastDownCause = seen.lastDownCause
        downClass = seen.downClass?.word
        model = seen.model
        firmware = seen.firmware
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

/// What was measured at one ONU at one time, as the API and `--json` show it.
package struct MeasurementShape: Codable, Hashable, Sendable {
    package let at: String
    @OrNull package var runStatus: String?
    @OrNull package var rxOnuDbm: Double?
    @OrNull package var txOnuDbm: Double?
    @OrNull package var rxOltDbm: Double?
    @OrNull package var distanceM: Double?
    @OrNull package var temperatureC: Double?
    @OrNull package var voltageV: Double?
    @OrNull package var biasMa: Double?
    @OrNull package var optics: String?

    package init(_ reading: Reading, optics classes: OpticsClasses) {
        at = reading.at.description
        runStatus = reading.runStatus?.word
        rxOnuDbm = reading.rxOnuDbm
        txOnuDbm = reading.txOnuDbm
        rxOltDbm = reading.rxOltDbm
        distanceM = reading.distanceMetres
        temperatureC = reading.temperatureCelsius
        voltageV = reading.voltageVolts
        biasMa = reading.biasMilliamps
        optics = reading.rxOnuDbm.map { classes.grade($0).rawValue }
    }
}

/// Something that happened to an ONU, or to many of one port.
package struct ONUEventShape: Codable, Hashable, Sendable {
    package struct Difference: Codable, Hashable, Sendable {
        package let field: String
        package let before: String
        package let after: String
    }

    package let id: Int64
    package let at: String
    package let kind: String
    package let olt: String
    @OrNull package var port: String?
    @OrNull package var index: String?
    @OrNull package var serial: String?
    /// power, fibre, administrative or other; `null`: the device did not say, or the ONUs do not agree.
    @OrNull package var cause: String?
    /// ONUs that it is about.
    package let count: Int
    package let differences: [Difference]

    package init(_ known: KnownONUEvent) {
        let event = known.event
        id = known.id
        at = event.at.description
        kind = event.kind.word
        olt = known.oltName
        port = event.port
        index = event.index
        serial = event.serial
        cause = event.cause?.word
        count = event.count
        differences = event.differences.map { Difference(field: $0.field, before: $0.before, after: $0.after) }
    }
}

/// ONUs of one port.
package struct PortShape: Codable, Hashable, Sendable {
    package let port: String
    package let total: Int
    package let online: Int
    package let offline: Int
    /// What the device counts itself; `null`: it has no such counter.
    @OrNull package var counted: Int?
    @OrNull package var countedAt: String?

    package init(_ port: PortState) {
        self.port = port.port
        total = port.total
        online = port.online
        offline = port.offline
        counted = port.counted
        countedAt = port.countedAt?.description
    }
}

/// The answer to a search: exact hits first.
package struct FoundONUs: Codable, Hashable, Sendable {
    package let items: [ONUShape]
    /// There are more than were asked for.
    package let hasMore: Bool

    package init(items: [ONUShape], hasMore: Bool) {
        self.items = items
        self.hasMore = hasMore
    }
}
