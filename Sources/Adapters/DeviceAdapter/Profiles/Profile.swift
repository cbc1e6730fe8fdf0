package import SNMP

/// Per vendor and firmware: which OIDs hold what, how an index is read, how a value is scaled, what means "no reading".
package struct Profile: Hashable, Sendable {
    package let name: String
    package let vendor: String
    /// Models it was made for; for people.
    package let models: [String]
    /// sysObjectID of devices that the profile may fit starts with it.
    package let objectID: OID
    package let index: IndexForm
    package let columns: [Field: Column]
    /// Fields walked by a discovery: all cheap.
    package let discovery: [Field]

    /// What a column tells about an ONU.
    package enum Field: String, CaseIterable, Hashable, Sendable {
        case serial, mac, name, description, adminStatus, runStatus, lastDownCause
        case distance, rxOnu, txOnu, rxOlt, temperature, voltage, bias
    }

    /// One column of a vendor's table.
    package struct Column: Hashable, Sendable {
        package let oid: OID
        package let type: ValueType
        package let cost: Cost
        /// Arcs that follow the ONU's index in this column.
        package let suffix: [UInt32]
        /// From one source only: checked on no recording.
        package let isUnverified: Bool
    }

    /// What it costs the device to answer: dear columns are measured at the ONU, one by one.
    package enum Cost: String, CaseIterable, Hashable, Sendable {
        case cheap, medium, dear
    }

    /// How the raw value is read.
    package enum ValueType: Hashable, Sendable {
        /// Bytes of any code page, shown as repaired UTF-8; these texts mean nothing.
        case text(sentinels: [String])
        /// GPON serial: four letters and four bytes, raw, as hexadecimal digits or as text.
        case serial
        /// Six bytes.
        case mac
        /// Raw numbers to words; a number that is not listed is unknown.
        case words([Int64: String])
        /// Raw × scale + offset, unless it is a sentinel or the result is outside the window.
        case number(scale: Double, offset: Double, sentinels: [Int64], window: ClosedRange<Double>)
    }

    package init(
        name: String,
        vendor: String,
        models: [String],
        objectID: OID,
        index: IndexForm,
        columns: [Field: Column],
        discovery: [Field]
    ) {
        self.name = name
        self.vendor = vendor
        self.models = models
        self.objectID = objectID
        self.index = index
        self.columns = columns
        self.discovery = discovery
    }
}
