internal import Domain
internal import SNMP

extension SNMPTarget {
    /// Where and how an OLT is asked; `nil` when its credentials are not those of its version.
    ///
    /// The number of the run is shown to simulated devices: behind the community, or as the context of version 3.
    init?(_ access: DeviceAccess, address: String, _ credentials: Credentials, witness number: DispatchNumber?) {
        let port = access.address.port
        let revision = access.credentials.revision
        let tag = number.map { "#\($0.value)" } ?? ""
        switch (access.version, credentials.user) {
        case (.v1, nil):
            self.init(address: address, port: port, version: .v1, community: credentials.community + Array(tag.utf8), revision: revision)
        case (.v2c, nil):
            self.init(address: address, port: port, version: .v2c, community: credentials.community + Array(tag.utf8), revision: revision)
        case (.v3, let user?):
            let context = number.map { "\(user.context)#\($0.value)" } ?? user.context
            let asking = SNMPUser(name: user.name, security: .init(user.security), contextName: context)
            self.init(address: address, port: port, user: asking, revision: revision)
        case (.v1, _?), (.v2c, _?), (.v3, nil): return nil
        }
    }
}

extension SNMPUser.Security {
    fileprivate init(_ security: DeviceUser.Security) {
        switch security {
        case .open: self = .open
        case .signed(let authentication, let passphrase):
            self = .signed(.init(.init(authentication), passphrase: passphrase))
        case .sealed(let authentication, let passphrase, let privacy, let privacyPassphrase):
            self = .sealed(.init(.init(authentication), passphrase: passphrase), .init(.init(privacy), passphrase: privacyPassphrase))
        }
    }
}

extension SNMPUser.AuthenticationProtocol {
    fileprivate init(_ authentication: DeviceUser.Authentication) {
        switch authentication {
        case .md5: self = .md5
        case .sha1: self = .sha1
        case .sha224: self = .sha224
        case .sha256: self = .sha256
        case .sha384: self = .sha384
        case .sha512: self = .sha512
        }
    }
}

extension SNMPUser.PrivacyProtocol {
    fileprivate init(_ privacy: DeviceUser.Privacy) {
        switch privacy {
        case .des: self = .des
        case .aes128: self = .aes128
        case .aes192: self = .aes192
        case .aes256: self = .aes256
        case .aes192c: self = .aes192Cisco
        case .aes256c: self = .aes256Cisco
        }
    }
}
