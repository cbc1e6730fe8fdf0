import Domain
import SNMP

extension Surveyor {
    /// The ports of a listing; none when the device does not list them.
    mutating func ports(of listing: Listing, _ present: Set<OID>) async throws(DeviceError) -> [ListedPort] {
        let list = PortList(listing: listing)
        let columns = list.columns(present: present)
        guard !columns.isEmpty else { return [] }
        let walked = await asker.walk(columns, WalkOptions())
        sheet.requests += walked.requests
        switch walked.end {
        case .complete: break
        case .partial(let reason), .refused(let reason):
            if let stop = asker.stopped(by: reason) { throw stop }
            guard sheet.requests > walked.requests || !walked.pages.isEmpty else { throw asker.error(reason) }
            sheet.missing("list of ports: \(reason.words)")
            return []
        }
        try await ask(list.nameOIDs(walked.pages, columns: columns))
        return list.ports(walked.pages, columns: columns) { [book, key] in book.portName($0, of: key) }
    }

    /// Names of ports that rows point to and nobody asked for yet.
    mutating func askPortNames() async throws(DeviceError) {
        let unknown = sheet.unknownPortNames
        try await ask(unknown)
        var names: [OID: String] = [:]
        for oid in unknown { names[oid] = book.portName(oid, of: key) }
        sheet.name(names)
    }

    mutating func ask(_ names: [OID]) async throws(DeviceError) {
        let unknown = names.filter { book.portName($0, of: key) == nil }
        guard !unknown.isEmpty else { return }
        var told: [OID: String] = [:]
        let cells: [VarBind]
        do throws(DeviceError) {
            cells = try await asker.get(unknown)
        } catch {
            return try bear(error, "names of ports")
        }
        for cell in cells {
            if case .octets(let bytes) = cell.value {
                let name = PlainText.read(bytes)
                if !name.isEmpty { told[cell.name] = name }
            }
        }
        sheet.requests += (unknown.count + 19) / 20
        book.note(told, of: key)
    }
}
