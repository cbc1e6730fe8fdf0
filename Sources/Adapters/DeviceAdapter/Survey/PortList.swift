import Domain
import SNMP

/// A port as the device lists it.
struct ListedPort: Hashable, Sendable {
    /// The leading arcs of its ONUs' index, or what its own row is called.
    let arcs: [UInt32]
    let name: String
    /// What the vendor's counter says; `nil`: there is none, or it did not answer.
    let counted: Int?
}

/// Reads the rows that list ports.
struct PortList {
    let listing: Listing

    /// The columns to walk, of those that the device has.
    func columns(present: Set<OID>) -> [OID] {
        guard let ports = listing.ports else { return [] }
        let counters = ports.counter?.oids.filter(present.contains) ?? []
        if !counters.isEmpty { return counters }
        if let list = ports.list, present.contains(list) { return [list] }
        return !ports.types.isEmpty && present.contains(InterfaceTable.type) ? [InterfaceTable.type] : []
    }

    /// Every column that may list ports.
    var candidates: [OID] {
        guard let ports = listing.ports else { return [] }
        return (ports.counter?.oids ?? []) + (ports.list.map { [$0] } ?? []) + (ports.types.isEmpty ? [] : [InterfaceTable.type])
    }

    /// Where the names of these ports are told by the device.
    func nameOIDs(_ pages: [SNMPRows], columns: [OID]) -> [OID] {
        found(pages, columns).compactMap { place($0.arcs)?.portName }
    }

    /// The ports in order of their arcs.
    func ports(_ pages: [SNMPRows], columns: [OID], names: (OID) -> String?) -> [ListedPort] {
        found(pages, columns).compactMap { found in
            guard let place = place(found.arcs) else { return nil }
            let told = place.portName.flatMap(names).map { name in form?.shortened(name) ?? name }
            guard let name = told ?? place.port ?? (place.portName == nil ? nil : found.arcs.map(String.init).joined(separator: "."))
            else { return nil }
            return ListedPort(arcs: found.arcs, name: name, counted: found.counted)
        }
    }

    private var form: IndexForm.PortName? { listing.portForms.lazy.compactMap(\.portName).first }

    private func place(_ arcs: [UInt32]) -> IndexForm.Place? {
        listing.portForms.lazy.compactMap { $0.read(arcs[...], suffix: []) }.first?.place
    }

    private func found(_ pages: [SNMPRows], _ columns: [OID]) -> [(arcs: [UInt32], counted: Int?)] {
        let counter = listing.ports?.counter
        let isCounted = counter.map { !$0.oids.isEmpty && columns.allSatisfy($0.oids.contains) } ?? false
        var counts: [[UInt32]: Int?] = [:]
        for row in pages.joined() where row.value.isPresent {
            guard let column = columns.first(where: { $0.isPrefix(of: row.name) }), let arcs = column.suffix(of: row.name) else { continue }
            let key = Array(arcs)
            guard isCounted else {
                if column != InterfaceTable.type || listing.ports?.types.contains(row.value.wholeNumber ?? -1) == true {
                    counts[key] = .some(nil)
                }
                continue
            }
            let number = row.value.wholeNumber.flatMap { counter?.sentinels.contains($0) == true ? nil : Int(exactly: $0) }
            let before = counts[key] ?? 0
            counts[key] = .some(number.flatMap { number in before.map { $0 + number } })
        }
        return counts.map { (arcs: $0.key, counted: $0.value) }.sorted { $0.arcs.lexicographicallyPrecedes($1.arcs) }
    }
}
