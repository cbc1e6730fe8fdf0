/// Who asks a device of version 3, and how it is secured (RFC 3414).
///
/// Never shows its passphrases, neither printed nor reflected.
package struct SNMPUser: Sendable, Hashable {
    package enum AuthenticationProtocol: String, Sendable, Hashable, CaseIterable {
        case md5
        case sha1
        case sha224
        case sha256
        case sha384
        case sha512
    }

    package enum PrivacyProtocol: String, Sendable, Hashable, CaseIterable {
        case des
        case aes128
        /// Keys extended after Blumenthal's draft, as most devices do.
        case aes192
        case aes256
        /// Keys extended after Reeder's draft, as some vendors do.
        case aes192Cisco = "aes192c"
        case aes256Cisco = "aes256c"
    }

    package struct Authentication: Sendable, Hashable {
        package let algorithm: AuthenticationProtocol
        package let passphrase: [UInt8]

        package init(_ algorithm: AuthenticationProtocol, passphrase: [UInt8]) {
            self.algorithm = algorithm
            self.passphrase = passphrase
        }
    }

    package struct Privacy: Sendable, Hashable {
        package let algorithm: PrivacyProtocol
        package let passphrase: [UInt8]

        package init(_ algorithm: PrivacyProtocol, passphrase: [UInt8]) {
            self.algorithm = algorithm
            self.passphrase = passphrase
        }
    }

    /// The level: noAuthNoPriv, authNoPriv or authPriv.
    package enum Security: Sendable, Hashable {
        case open
        case signed(Authentication)
        case sealed(Authentication, Privacy)
    }

    /// The shortest passphrase (RFC 3414, section 11.2).
    package static let passphraseMin = 8
    package static let nameMax = 32

    package let name: String
    package let security: Security
    package let contextName: String

    package init(name: String, security: Security, contextName: String = "") {
        self.name = name
        self.security = security
        self.contextName = contextName
    }

    /// Why this cannot be a user; `nil` when it can.
    package var problem: String? {
        if name.isEmpty || name.utf8.count > Self.nameMax { return "a user name has 1 to \(Self.nameMax) octets" }
        if name.utf8.contains(0) || contextName.utf8.contains(0) { return "names hold no NUL" }
        if contextName.utf8.count > 255 { return "a context name has at most 255 octets" }
        if passphrases.contains(where: { $0.count < Self.passphraseMin }) {
            return "a passphrase has at least \(Self.passphraseMin) octets"
        }
        return nil
    }

    private var passphrases: [[UInt8]] {
        switch security {
        case .open: []
        case .signed(let authentication): [authentication.passphrase]
        case .sealed(let authentication, let privacy): [authentication.passphrase, privacy.passphrase]
        }
    }
}

extension SNMPUser: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch security {
        case .open: "\(name) noAuthNoPriv"
        case .signed(let authentication): "\(name) \(authentication.algorithm.rawValue)"
        case .sealed(let authentication, let privacy): "\(name) \(authentication.algorithm.rawValue) \(privacy.algorithm.rawValue)"
        }
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["user": description]) }
}

extension SNMPUser.Authentication: CustomStringConvertible, CustomReflectable {
    package var description: String { algorithm.rawValue }
    package var customMirror: Mirror { Mirror(self, children: ["algorithm": algorithm]) }
}

extension SNMPUser.Privacy: CustomStringConvertible, CustomReflectable {
    package var description: String { algorithm.rawValue }
    package var customMirror: Mirror { Mirror(self, children: ["algorithm": algorithm]) }
}
