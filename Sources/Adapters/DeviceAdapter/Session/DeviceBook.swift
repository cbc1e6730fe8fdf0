import Domain
import SNMP
import Synchronization

/// What a process found out about devices: the profile behind `auto`, names of ports, and dear columns that are there or not.
///
/// Kept by OLT, address and revision of the credentials: who changes one of them may have put another box there.
final class DeviceBook: Sendable {
    struct Key: Hashable, Sendable {
        let olt: OLTID
        let address: DeviceAddress
        let revision: Int

        init(_ access: DeviceAccess) {
            olt = access.olt
            address = access.address
            revision = access.credentials.revision
        }
    }

    private struct Page: Sendable {
        var profile: String?
        var objectID: String?
        var portNames: [OID: String] = [:]
        /// By listing: ports that have ONUs, but that the device does not list.
        var unlisted: [String: [[UInt32]]] = [:]
        var columns: [OID: (isThere: Bool, until: ContinuousClock.Instant)] = [:]
    }

    /// How long a column is believed to be there, or not.
    private static let columnSpan = Duration.seconds(86_400)
    /// Devices that are remembered; one more and any other is forgotten, which costs it a few requests.
    private static let pagesMax = 50_000
    private let pages = Mutex<[Key: Page]>([:])

    func profile(of key: Key) -> String? {
        pages.withLock { $0[key]?.profile }
    }

    /// Keeps the profile; with another one than before the ports' names are forgotten too.
    func note(_ profile: String, of key: Key) {
        change(key) { page in
            if page.profile != profile { page = Page(profile: profile, objectID: page.objectID) }
        }
    }

    func forget(_ key: Key) {
        pages.withLock { $0[key] = nil }
    }

    /// A device that says it is something else than before is another one.
    func met(_ objectID: String?, _ key: Key) {
        change(key) { page in
            if let known = page.objectID, known != objectID { page = Page() }
            page.objectID = objectID
        }
    }

    /// Whether the device has a column; `nil`: not known, or not any more.
    func has(_ column: OID, of key: Key, now: ContinuousClock.Instant) -> Bool? {
        pages.withLock { pages in
            guard let known = pages[key]?.columns[column], now < known.until else { return nil }
            return known.isThere
        }
    }

    func note(_ columns: [OID: Bool], of key: Key, now: ContinuousClock.Instant) {
        change(key) { page in
            for (column, isThere) in columns { page.columns[column] = (isThere, now + Self.columnSpan) }
        }
    }

    func unlistedPorts(_ listing: String, of key: Key) -> [[UInt32]] {
        pages.withLock { $0[key]?.unlisted[listing] ?? [] }
    }

    func note(unlistedPorts ports: [[UInt32]], _ listing: String, of key: Key) {
        guard !ports.isEmpty || !unlistedPorts(listing, of: key).isEmpty else { return }
        change(key) { $0.unlisted[listing] = ports }
    }

    func portName(_ name: OID, of key: Key) -> String? {
        pages.withLock { $0[key]?.portNames[name] }
    }

    func note(_ names: [OID: String], of key: Key) {
        change(key) { $0.portNames.merge(names) { _, new in new } }
    }

    private func change(_ key: Key, _ body: (inout Page) -> Void) {
        pages.withLock { pages in
            if pages[key] == nil, pages.count >= Self.pagesMax, let any = pages.keys.first { pages[any] = nil }
            body(&pages[key, default: Page()])
        }
    }
}
