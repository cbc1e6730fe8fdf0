import Domain
import SNMP
import Synchronization

/// What a process found out about devices: the profile behind `auto`, and the names of ports.
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
        var portNames: [OID: String] = [:]
    }

    /// Devices that are remembered; one more and any other is forgotten, which costs it a few requests.
    private static let pagesMax = 50_000
    private let pages = Mutex<[Key: Page]>([:])

    func profile(of key: Key) -> String? {
        pages.withLock { $0[key]?.profile }
    }

    /// Keeps the profile; with another one than before the ports' names are forgotten too.
    func note(_ profile: String, of key: Key) {
        change(key) { page in
            if page.profile != profile { page = Page(profile: profile) }
        }
    }

    func forget(_ key: Key) {
        pages.withLock { $0[key] = nil }
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
