/// An address that cannot be anything but an address: dot-atoms of ASCII around an `@` (RFC 5322, 3.4.1).
package struct MailAddress: Hashable, Sendable {
    package static let allowed = "NAME@HOST, ASCII, at most 254 characters"

    let text: String

    /// - Returns: `nil` when the text is anything else.
    package init?(_ text: String) {
        let sides = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, sides.count == 2, sides.allSatisfy(Self.isDotAtom), !text.hasPrefix("-") else { return nil }
        self.text = text
    }

    /// `me@here,you@there`, white space around each ignored.
    package static func list(_ text: String) -> [MailAddress]? {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map { word in
            String(word.drop(while: { $0 == " " }).reversed().drop(while: { $0 == " " }).reversed())
        }
        let addresses = words.compactMap { MailAddress($0) }
        return addresses.count == words.count ? addresses : nil
    }

    /// The side behind the `@`.
    var host: Substring { text.split(separator: "@").last ?? "" }

    private static func isDotAtom(_ side: Substring) -> Bool {
        side.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty
                && atom.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
                }
        }
    }
}
