package import SNMP

/// One table that tells of ONUs: its columns, how its index is read, and which ports it speaks of.
package struct Listing: Hashable, Sendable {
    package let name: String
    /// The first form that fits a row's arcs reads them.
    package let indexes: [IndexForm]
    /// Set where the table is IF-MIB: only interfaces that pass are ONUs.
    package let interfaces: InterfaceFilter?
    package let columns: [Profile.Field: Profile.Column]
    package let ports: Ports?

    /// Which rows of IF-MIB are ONUs: those of one of the types, and those with a name of one of the forms.
    package struct InterfaceFilter: Hashable, Sendable {
        package let types: [Int64]
        package let descriptions: [NamePattern]
        package let names: [NamePattern]

        package init(types: [Int64] = [], descriptions: [NamePattern] = [], names: [NamePattern] = []) {
            self.types = types
            self.descriptions = descriptions
            self.names = names
        }
    }

    /// Where the ports of this listing are found.
    package struct Ports: Hashable, Sendable {
        /// What a vendor's counter counts.
        package enum Counted: String, CaseIterable, Hashable, Sendable {
            case all, online
        }

        /// One row a port: how many ONUs it has.
        package struct Counter: Hashable, Sendable {
            /// Added up where a vendor counts in parts.
            package let oids: [OID]
            package let counted: Counted
            package let sentinels: [Int64]
            /// Its meaning is from one source only: a difference is shown, but does not make a discovery partial.
            package let isUnverified: Bool

            package init(oids: [OID], counted: Counted = .all, sentinels: [Int64] = [], isUnverified: Bool = false) {
                self.oids = oids
                self.counted = counted
                self.sentinels = sentinels
                self.isUnverified = isUnverified
            }
        }

        package let counter: Counter?
        /// Any column with one row a port, for vendors without a counter.
        package let list: OID?
        /// Interfaces of these types are ports.
        package let types: [Int64]
        /// How a row of counter or list names its port; `nil`: by the leading `arcs` of an ONU's index, so that one port can be walked.
        package let index: IndexForm?
        package let arcs: Int

        package init(counter: Counter? = nil, list: OID? = nil, types: [Int64] = [], index: IndexForm? = nil, arcs: Int = 1) {
            self.counter = counter
            self.list = list
            self.types = types
            self.index = index
            self.arcs = arcs
        }

        package var canBeWalked: Bool { index == nil }
    }

    package init(
        name: String,
        indexes: [IndexForm],
        interfaces: InterfaceFilter? = nil,
        columns: [Profile.Field: Profile.Column],
        ports: Ports? = nil
    ) {
        self.name = name
        self.indexes = indexes
        self.interfaces = interfaces
        self.columns = columns
        self.ports = ports
    }

    /// Reads a row's arcs by the first form that fits.
    package func read(_ arcs: ArraySlice<UInt32>, suffix: [UInt32]) -> (index: String, place: IndexForm.Place)? {
        for form in indexes {
            if let read = form.read(arcs, suffix: suffix) { return read }
        }
        return nil
    }

    /// How a port's own rows are read.
    package var portForms: [IndexForm] {
        guard let ports else { return [] }
        return ports.index.map { [$0] } ?? indexes.map { $0.leading(ports.arcs) }
    }
}
