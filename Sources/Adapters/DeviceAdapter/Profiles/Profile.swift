package import Domain
package import SNMP

/// Per vendor and firmware: which OIDs hold what, how an index is read, how a value is scaled, what means "no reading".
package struct Profile: Hashable, Sendable {
    package let name: String
    package let vendor: String
    /// Models it was made for; for people.
    package let models: [String]
    package let match: Match
    package let limits: Limits
    /// Tables that tell of ONUs, in order: rows of all that answer are joined by index, and the first that tells a field is believed.
    package let listings: [Listing]

    /// How a device is known to be of this kind.
    package struct Match: Hashable, Sendable {
        /// sysObjectID of devices that it may fit starts with one of these.
        package var objectIDs: [OID] = []
        /// sysDescr holds one of these: told apart from a sister with the same sysObjectID.
        package var descriptions: [String] = []
        /// A row below one of these decides.
        package var probes: [OID] = []
        /// Taken when nothing else fits: for any box.
        package var isLast = false

        package init() {}
    }

    /// How gently this kind of device is asked at most; an operator's limits may be lower.
    package struct Limits: Hashable, Sendable {
        package var repetitionsMax: Int?
        package var dearRepetitionsMax: Int?
        package var pdusPerSecond: Int?
        /// Readings of chosen ONUs are asked ONU by ONU, or column by column.
        package var asks: Order = .row

        package enum Order: String, CaseIterable, Hashable, Sendable {
            case row, column
        }

        package init() {}
    }

    /// What a column tells about an ONU.
    package enum Field: String, CaseIterable, Hashable, Sendable {
        case serial, mac, name, description, port, adminStatus, runStatus, lastDownCause, model, firmware
        case distance, rxOnu, txOnu, rxOlt, temperature, voltage, bias
    }

    /// One column of a vendor's table.
    package struct Column: Hashable, Sendable {
        /// Where firmware differs, the first that the device has.
        package let oids: [OID]
        package let type: ValueType
        package let cost: Cost
        /// Arcs that follow the ONU's index in this column.
        package let suffix: [UInt32]
        /// From one source only: checked on no recording.
        package let isUnverified: Bool

        package init(oids: [OID], type: ValueType, cost: Cost, suffix: [UInt32] = [], isUnverified: Bool = false) {
            self.oids = oids
            self.type = type
            self.cost = cost
            self.suffix = suffix
            self.isUnverified = isUnverified
        }
    }

    /// What it costs the device to answer: dear columns are measured at the ONU, one by one.
    package enum Cost: String, CaseIterable, Hashable, Sendable {
        case cheap, medium, dear
    }

    /// How the raw value is read.
    package enum ValueType: Hashable, Sendable {
        /// Bytes of any code page, shown as repaired UTF-8; `sentinels` mean nothing; a text that holds one of `classes` is such a cause.
        case text(sentinels: [String], classes: [DownClass: [String]] = [:])
        /// GPON serial: four letters and four bytes, raw, as hexadecimal digits or as text.
        case serial
        /// Six bytes.
        case mac
        /// Raw numbers, or texts, to words, and what a word amounts to; what is not listed is unknown.
        case words([Int64: String], texts: [String: String] = [:], classes: [String: DownClass] = [:])
        /// Raw × scale + offset, unless it is a sentinel or the result is outside the window.
        case number(
            scale: Double,
            offset: Double,
            sentinels: [Int64],
            window: ClosedRange<Double>,
            wrap: Wrap? = nil,
            texts: TextNumber = TextNumber()
        )
    }

    /// Numbers above `above` stand for themselves less `by`: signed numbers in an unsigned column.
    package struct Wrap: Hashable, Sendable {
        package let above: Int64
        package let by: Int64

        package init(above: Int64, by: Int64) {
            self.above = above
            self.by = by
        }
    }

    /// How a number is found inside a text.
    package struct TextNumber: Hashable, Sendable {
        /// The unit behind the number that counts, where a text has several; empty: the only number.
        package let unit: String
        /// Texts that mean nothing.
        package let sentinels: [String]

        package init(unit: String = "", sentinels: [String] = []) {
            self.unit = unit
            self.sentinels = sentinels
        }
    }

    package init(name: String, vendor: String, models: [String], match: Match, limits: Limits, listings: [Listing]) {
        self.name = name
        self.vendor = vendor
        self.models = models
        self.match = match
        self.limits = limits
        self.listings = listings
    }

    /// Whether any listing tells of the field.
    package func has(_ field: Field) -> Bool {
        listings.contains { $0.columns[field] != nil }
    }

    /// Columns of `snmp.get` of which it can read something.
    package var offered: Set<ONUColumn> { Set(ONUColumn.allCases.filter { $0.fields.contains(where: has) }) }

    /// How much of a device's sysObjectID is named by this profile; `nil`: it does not fit.
    package func fit(_ objectID: OID?) -> Int? {
        guard let objectID else { return nil }
        return match.objectIDs.filter { $0.isPrefix(of: objectID) }.map(\.arcs.count).max()
    }
}
