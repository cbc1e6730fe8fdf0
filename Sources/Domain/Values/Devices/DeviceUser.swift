/// Who asks a device of SNMP version 3, and how that is secured (RFC 3414).
///
/// Its passphrases are never printed.
package struct DeviceUser: Hashable, Sendable {
    package enum Authentication: String, CaseIterable, Hashable, Sendable {
        case md5
        case sha1
        case sha224
        case sha256
        case sha384
        case sha512
    }

    package enum Privacy: String, CaseIterable, Hashable, Sendable {
        case des
        case aes128
        case aes192
        case aes256
        /// AES-192 and AES-256 with keys extended after Reeder's draft, as some vendors do.
        case aes192c
        case aes256c
    }

    /// noAuthNoPriv, authNoPriv or authPriv, with what each needs.
    package enum Security: Hashable, Sendable {
        case open
        case signed(Authentication, passphrase: [UInt8])
        case sealed(Authentication, passphrase: [UInt8], Privacy, privacyPassphrase: [UInt8])

        /// As the standard names it.
        package var level: String {
            switch self {
            case .open: "noAuthNoPriv"
            case .signed: "authNoPriv"
            case .sealed: "authPriv"
            }
        }
    }

    /// Octets of a passphrase (RFC 3414, section 11.2, and a bound of our own).
    package static let passphraseBytes = 8...128
    package static let nameBytes = 1...32
    package static let contextBytesMax = 64

    package let name: String
    package let security: Security
    /// Mostly empty.
    package let context: String

    package init(name: String, security: Security, context: String = "") {
        self.name = name
        self.security = security
        self.context = context
    }
}

extension DeviceUser: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "user(\(name), \(security.level))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["name": name, "level": security.level]) }
}

extension DeviceUser.Security: CustomStringConvertible, CustomReflectable {
    package var description: String { level }
    package var customMirror: Mirror { Mirror(self, children: ["level": level]) }
}
