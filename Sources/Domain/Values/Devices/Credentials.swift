/// Credentials in the clear: a community, or a user of version 3.
///
/// Only a seal makes and opens them; they are never logged.
package struct Credentials: Hashable, Sendable {
    /// The SNMP community, any bytes but none empty; empty beside a user.
    package let community: [UInt8]
    package let user: DeviceUser?

    package init(community: [UInt8]) {
        self.community = community
        user = nil
    }

    package init(user: DeviceUser) {
        community = []
        self.user = user
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "credentials(hidden)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Credentials as the bytes that a seal hides.
///
/// A community is its own bytes (form 1, since the first release). A user is a list of texts, each with its length in two
/// bytes, most significant first (form 2): name, context, authentication and passphrase, privacy and passphrase; empty where
/// there is none. The form is bound by the seal, not written.
extension Credentials {
    package enum Form: Int, CaseIterable, Sendable {
        case community = 1
        case user = 2
    }

    package var form: Form { user == nil ? .community : .user }

    package var bytes: [UInt8] {
        guard let user else { return community }
        var fields: [[UInt8]] = [Array(user.name.utf8), Array(user.context.utf8)]
        switch user.security {
        case .open: fields += [[], [], [], []]
        case .signed(let authentication, let passphrase): fields += [Array(authentication.rawValue.utf8), passphrase, [], []]
        case .sealed(let authentication, let passphrase, let privacy, let privacyPassphrase):
            fields += [Array(authentication.rawValue.utf8), passphrase, Array(privacy.rawValue.utf8), privacyPassphrase]
        }
        return fields.flatMap { [UInt8(truncatingIfNeeded: $0.count >> 8), UInt8(truncatingIfNeeded: $0.count)] + $0 }
    }

    /// - Returns: `nil` when the bytes are not what `bytes` makes.
    package init?(_ form: Form, bytes: [UInt8]) {
        switch form {
        case .community: self.init(community: bytes)
        case .user:
            guard let user = DeviceUser(bytes: bytes) else { return nil }
            self.init(user: user)
        }
    }
}

extension DeviceUser {
    fileprivate init?(bytes: [UInt8]) {
        var rest = bytes[...]
        var fields: [[UInt8]] = []
        while let high = rest.popFirst() {
            guard let low = rest.popFirst() else { return nil }
            let count = Int(high) << 8 | Int(low)
            guard rest.count >= count else { return nil }
            fields.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        guard fields.count == 6 else { return nil }
        func text(_ place: Int) -> String { String(decoding: fields[place], as: UTF8.self) }
        let security: Security
        switch (Authentication(rawValue: text(2)), Privacy(rawValue: text(4))) {
        case (let authentication?, let privacy?):
            security = .sealed(authentication, passphrase: fields[3], privacy, privacyPassphrase: fields[5])
        case (let authentication?, nil): security = .signed(authentication, passphrase: fields[3])
        case (nil, nil): security = .open
        case (nil, _?): return nil
        }
        guard [fields[2], fields[4]].allSatisfy({ $0.isEmpty }) || security != .open else { return nil }
        self.init(name: text(0), security: security, context: text(1))
    }
}
