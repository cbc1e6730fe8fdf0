internal import CNetSNMP

/// Master keys of a user: what passphrases become before they are bound to an engine.
struct UserKeys: Sendable {
    var authentication: [UInt8] = []
    var privacy: [UInt8] = []
}

/// Derives master keys from passphrases and keeps them.
///
/// A derivation hashes a mebibyte (RFC 3414, A.2): milliseconds. It is made away from the SNMP thread, and once for all
/// devices that share a passphrase. The function of the library that does it touches nothing but its arguments.
actor MasterKeys {
    private struct Source: Hashable {
        let algorithm: SNMPUser.AuthenticationProtocol
        let passphrase: [UInt8]
    }

    private static let keptMax = 4096
    private var kept: [Source: [UInt8]] = [:]

    func keys(of user: SNMPUser) throws(SNMPError) -> UserKeys {
        if let problem = user.problem { throw .badUser(problem) }
        var keys = UserKeys()
        switch user.security {
        case .open: break
        case .signed(let authentication):
            keys.authentication = try key(authentication.algorithm, authentication.passphrase)
        case .sealed(let authentication, let privacy):
            keys.authentication = try key(authentication.algorithm, authentication.passphrase)
            keys.privacy = try key(authentication.algorithm, privacy.passphrase)
        }
        return keys
    }

    private func key(_ algorithm: SNMPUser.AuthenticationProtocol, _ passphrase: [UInt8]) throws(SNMPError) -> [UInt8] {
        let source = Source(algorithm: algorithm, passphrase: passphrase)
        if let known = kept[source] { return known }
        var key = [UInt8](repeating: 0, count: Int(FLOTILLA_SNMP_KEY_MAX))
        let count = unsafe flotilla_snmp_master_key(Int32(algorithm.number.rawValue), passphrase, passphrase.count, &key)
        guard count > 0 else { throw .badUser("the library does not have \(algorithm.rawValue)") }
        key.removeLast(key.count - count)
        if kept.count >= Self.keptMax, let any = kept.keys.first { kept[any] = nil }
        kept[source] = key
        return key
    }
}

extension SNMPUser.AuthenticationProtocol {
    var number: flotilla_snmp_authentication {
        switch self {
        case .md5: FLOTILLA_SNMP_AUTH_MD5
        case .sha1: FLOTILLA_SNMP_AUTH_SHA1
        case .sha224: FLOTILLA_SNMP_AUTH_SHA224
        case .sha256: FLOTILLA_SNMP_AUTH_SHA256
        case .sha384: FLOTILLA_SNMP_AUTH_SHA384
        case .sha512: FLOTILLA_SNMP_AUTH_SHA512
        }
    }
}

extension SNMPUser.PrivacyProtocol {
    var number: flotilla_snmp_privacy {
        switch self {
        case .des: FLOTILLA_SNMP_PRIV_DES
        case .aes128: FLOTILLA_SNMP_PRIV_AES128
        case .aes192: FLOTILLA_SNMP_PRIV_AES192
        case .aes256: FLOTILLA_SNMP_PRIV_AES256
        case .aes192Cisco: FLOTILLA_SNMP_PRIV_AES192_CISCO
        case .aes256Cisco: FLOTILLA_SNMP_PRIV_AES256_CISCO
        }
    }
}
