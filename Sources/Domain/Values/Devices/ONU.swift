/// What was seen of one ONU on one OLT: an ONU *is* (OLT, index).
///
/// Everything else may be missing and is then unknown, never empty or down.
package struct ONUObservation: Hashable, Sendable {
    /// The dotted index arcs of the vendor's table such as `4194312192.1`.
    package let index: String
    /// As people name it such as `0/1/0`.
    package var port: String?
    /// The ONU's number on its port.
    package var onuID: Int?
    package var serial: String?
    package var mac: String?
    package var name: String?
    package var description: String?
    package var adminStatus: AdminStatus?
    package var runStatus: RunStatus?
    package var distanceMetres: Double?
    /// Receive power at the ONU, in dBm.
    package var rxOnuDbm: Double?
    package var txOnuDbm: Double?
    /// Receive power of this ONU at the OLT, in dBm.
    package var rxOltDbm: Double?
    package var temperatureCelsius: Double?
    package var voltageVolts: Double?
    package var biasMilliamps: Double?
    /// Why it was last down, in the vendor's words.
    package var lastDownCause: String?
    /// What that cause amounts to.
    package var downClass: DownClass?
    package var model: String?
    package var firmware: String?

    package init(index: String) {
        self.index = index
    }
}

package enum RunStatus: Int16, CaseIterable, Hashable, Sendable {
    case online, offline, unknown

    package var word: String { "\(self)" }
}

/// What a vendor's cause of being down amounts to: who has to do something about it.
package enum DownClass: Int16, CaseIterable, Hashable, Sendable {
    /// The ONU said that its power failed.
    case power
    /// Light was lost: the fibre, a splitter, the optical module.
    case fibre
    /// Somebody switched it off, or it was refused.
    case administrative
    /// It was reset, or something else.
    case other

    package var word: String { "\(self)" }
}

/// ONUs on one port as the device counts them itself, beside those that were seen.
package struct PortCount: Hashable, Sendable {
    /// As people name it such as `0/1/0`.
    package let port: String
    /// What the device's own counter says; `nil`: it did not answer.
    package let counted: Int?
    /// Rows that were read.
    package let seen: Int

    package init(port: String, counted: Int?, seen: Int) {
        self.port = port
        self.counted = counted
        self.seen = seen
    }
}

package enum AdminStatus: Int16, CaseIterable, Hashable, Sendable {
    case enabled, disabled

    package var word: String { "\(self)" }
}

/// What an operation on a device brought home.
package struct DeviceResult: Hashable, Sendable {
    package enum Operation: String, CaseIterable, Hashable, Sendable {
        case discovery, get, probe
    }

    package let olt: OLTID
    package let operation: Operation
    /// Only a complete discovery may mark ONUs as gone.
    package var coverage: Coverage
    package var observations: [ONUObservation]
    /// The columns that were asked for: what is missing in an observation of such a column is known to be missing.
    package var columns: [ONUColumn]
    package var facts: DeviceFacts?
    package var ports: [PortCount]

    package init(
        olt: OLTID,
        operation: Operation,
        coverage: Coverage,
        observations: [ONUObservation],
        columns: [ONUColumn],
        facts: DeviceFacts? = nil,
        ports: [PortCount] = []
    ) {
        self.olt = olt
        self.operation = operation
        self.coverage = coverage
        self.observations = observations
        self.columns = columns
        self.facts = facts
        self.ports = ports
    }
}

/// How much of what was asked for a device told.
package enum Coverage: Hashable, Sendable {
    case complete
    /// Something is missing; says what and why.
    case partial(reason: String)
}

/// Facts of the system group, and how the device is read.
package struct DeviceFacts: Hashable, Sendable {
    package var sysObjectID: String?
    package var sysDescription: String?
    package var sysName: String?
    /// Hundredths of a second since the device started.
    package var upTimeTicks: UInt32?
    /// The profile that reads it: the one it was entered with, or the one that was found.
    package var profile: String?
    package var vendor: String?

    package init(
        sysObjectID: String? = nil,
        sysDescription: String? = nil,
        sysName: String? = nil,
        upTimeTicks: UInt32? = nil,
        profile: String? = nil,
        vendor: String? = nil
    ) {
        self.sysObjectID = sysObjectID
        self.sysDescription = sysDescription
        self.sysName = sysName
        self.upTimeTicks = upTimeTicks
        self.profile = profile
        self.vendor = vendor
    }
}

/// What can be asked of ONUs with `snmp.get`.
package enum ONUColumn: String, CaseIterable, Hashable, Sendable {
    case description, status, distance, optics, serial, inventory

    package static let allowed = allCases.map(\.rawValue).joined(separator: ", ")
}

/// An ONU as the record knows it.
package struct KnownONU: Hashable, Sendable {
    package let olt: OLTID
    package let oltName: String
    package let observation: ONUObservation
    package let isPresent: Bool
    package let firstSeenAt: Timestamp
    package let lastSeenAt: Timestamp
    /// When its readings (distance, optics) were last taken.
    package let readingsAt: Timestamp?

    package init(
        olt: OLTID,
        oltName: String,
        observation: ONUObservation,
        isPresent: Bool,
        firstSeenAt: Timestamp,
        lastSeenAt: Timestamp,
        readingsAt: Timestamp?
    ) {
        self.olt = olt
        self.oltName = oltName
        self.observation = observation
        self.isPresent = isPresent
        self.firstSeenAt = firstSeenAt
        self.lastSeenAt = lastSeenAt
        self.readingsAt = readingsAt
    }
}
