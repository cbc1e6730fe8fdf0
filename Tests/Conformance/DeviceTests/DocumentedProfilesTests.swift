import DeviceAdapter
import Foundation
import TestSupport
import Testing

@Suite("The table of vendors in the docs")
struct DocumentedProfilesTests {
    /// The columns of the table, by what they stand for.
    private static let columns: [[Profile.Field]] = [
        [.serial, .mac], [.name, .description], [.runStatus], [.lastDownCause], [.distance], [.rxOnu], [.txOnu], [.rxOlt],
        [.temperature, .voltage, .bias], [.model, .firmware],
    ]

    @Test("docs/snmp.md says of every profile what it reads, and what nobody has verified")
    func table() throws {
        let document = try String(contentsOfFile: "\(Recordings.packageRoot)/docs/snmp.md", encoding: .utf8)

        for profile in try Lab.shelf().all { #expect(document.contains(Self.row(profile)), "missing: \(Self.row(profile))") }
    }

    /// `+`: read; `?`: read, not verified on a recording; `–`: the device does not tell, or nobody knows where.
    private static func row(_ profile: Profile) -> String {
        let cells = columns.map { fields in
            let known = profile.listings.flatMap { listing in fields.compactMap { listing.columns[$0] } }
            return known.isEmpty ? "–" : known.contains { !$0.isUnverified } ? "+" : "?"
        }
        let counters = profile.listings.compactMap(\.ports?.counter)
        let counter = counters.isEmpty ? "–" : counters.contains { !$0.isUnverified } ? "+" : "?"
        return "| `\(profile.name)` | " + (cells + [counter]).joined(separator: " | ") + " |"
    }
}
