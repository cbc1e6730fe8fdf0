import APIContract
import Domain

/// Credentials as a caller entered them, checked; no refusal shows a secret.
struct CredentialsCheck {
    let version: SNMPVersion
    let credentials: Credentials

    init(_ draft: CredentialsDraft) throws(Problem) {
        let word = draft.snmpVersion ?? (draft.user == nil ? SNMPVersion.v2c : .v3).rawValue
        guard let version = SNMPVersion(rawValue: word) else {
            throw Self.refused(
                "snmpVersion",
                "there is no version \"\(word)\"",
                SNMPVersion.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        self.version = version
        credentials =
            switch version {
            case .v1, .v2c: try Self.community(draft, version)
            case .v3: try Self.user(draft)
            }
    }

    private static func refused(_ field: String, _ detail: String, _ allowed: String) -> Problem {
        Problem(status: 400, code: "invalid_value", title: "Credentials refused", detail: detail, field: field, allowed: allowed)
    }

    // MARK: Version 1 and 2c

    private static func community(_ draft: CredentialsDraft, _ version: SNMPVersion) throws(Problem) -> Credentials {
        let foreign = [
            ("user", draft.user), ("authentication", draft.authentication), ("authenticationPassphrase", draft.authenticationPassphrase),
            ("privacy", draft.privacy), ("privacyPassphrase", draft.privacyPassphrase), ("context", draft.context),
        ].first { $0.1 != nil }
        if let foreign { throw refused(foreign.0, "\(version.rawValue) has no \(foreign.0)", "only with snmpVersion v3") }
        guard let community = draft.community else { throw refused("community", "\(version.rawValue) needs a community", "1 to 255 bytes") }
        guard (1...255).contains(community.utf8.count) else {
            throw refused("community", "the community has \(community.utf8.count) bytes", "1 to 255 bytes")
        }
        return Credentials(community: Array(community.utf8))
    }

    // MARK: Version 3

    private static func user(_ draft: CredentialsDraft) throws(Problem) -> Credentials {
        if draft.community != nil { throw refused("community", "v3 has no community", "only with snmpVersion v1 or v2c") }
        let nameAllowed = "\(DeviceUser.nameBytes.lowerBound) to \(DeviceUser.nameBytes.upperBound) bytes without control characters"
        guard let name = draft.user else { throw refused("user", "v3 needs a user", nameAllowed) }
        guard DeviceUser.nameBytes.contains(name.utf8.count), isPrintable(name) else {
            throw refused("user", "this cannot be a user name", nameAllowed)
        }
        let context = draft.context ?? ""
        guard context.utf8.count <= DeviceUser.contextBytesMax, isPrintable(context) else {
            throw refused("context", "this cannot be a context", "at most \(DeviceUser.contextBytesMax) bytes without control characters")
        }
        return Credentials(user: DeviceUser(name: name, security: try security(draft), context: context))
    }

    private static func security(_ draft: CredentialsDraft) throws(Problem) -> DeviceUser.Security {
        let authentication = try part(
            ("authentication", draft.authentication),
            ("authenticationPassphrase", draft.authenticationPassphrase),
            DeviceUser.Authentication.self
        )
        let privacy = try part(
            ("privacy", draft.privacy),
            ("privacyPassphrase", draft.privacyPassphrase),
            DeviceUser.Privacy.self
        )
        switch (authentication, privacy) {
        case (nil, nil): return .open
        case (let authentication?, nil): return .signed(authentication.word, passphrase: authentication.passphrase)
        case (let authentication?, let privacy?):
            return .sealed(
                authentication.word,
                passphrase: authentication.passphrase,
                privacy.word,
                privacyPassphrase: privacy.passphrase
            )
        case (nil, _?): throw refused("authentication", "privacy needs authentication", words(DeviceUser.Authentication.self))
        }
    }

    /// A protocol and its passphrase, both or neither.
    private static func part<Word: RawRepresentable<String> & CaseIterable>(
        _ word: (field: String, text: String?),
        _ passphrase: (field: String, text: String?),
        _ type: Word.Type
    ) throws(Problem) -> (word: Word, passphrase: [UInt8])? {
        let range = DeviceUser.passphraseBytes
        let allowed = "\(range.lowerBound) to \(range.upperBound) bytes"
        guard let text = word.text else {
            if passphrase.text == nil { return nil }
            throw refused(word.field, "there is a passphrase but no protocol of \(word.field)", words(type))
        }
        guard let known = Word(rawValue: text.lowercased()) else {
            throw refused(word.field, "there is no protocol \"\(text.prefix(32))\"", words(type))
        }
        guard let secret = passphrase.text else { throw refused(passphrase.field, "\(text) needs a passphrase", allowed) }
        guard range.contains(secret.utf8.count) else {
            throw refused(passphrase.field, "the passphrase has \(secret.utf8.count) bytes", allowed)
        }
        return (known, Array(secret.utf8))
    }

    private static func words<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) -> String {
        type.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }
}
