import Domain
import Foundation
package import Logging
import SealAdapter

/// What orchestrator and worker have in common, read and checked.
package struct FleetSettings: Sendable {
    let brokerURL: String
    let redisURL: String
    let seal: AESCredentialSeal
    let profileFolder: String
    let lease: LeaseKeeper.Settings
    let beatEvery: Duration
    package let logLevel: Logger.Level

    init(_ reader: SettingReader) throws(StartupError) {
        brokerURL = try reader.text(.brokerURL)
        redisURL = try reader.text(.redisURL)
        seal = AESCredentialSeal(key: try Self.sealKey(reader), others: try Self.otherKeys(reader))
        profileFolder = try Self.profileFolder(reader)
        beatEvery = try reader.milliseconds(.workerBeat, in: 1_000...60_000)
        logLevel = try reader.level()
        var lease = LeaseKeeper.Settings()
        lease.span = try reader.milliseconds(.leaseSpan, in: 9_000...600_000)
        lease.renewEvery = try reader.milliseconds(.leaseRenew, in: 100...200_000)
        guard lease.renewEvery * 3 <= lease.span else {
            throw StartupError(.leaseRenew, value: "\(lease.renewEvery.milliseconds)", "the span is \(lease.span.milliseconds) ms")
        }
        let quiet = lease.margin + lease.pduLife
        guard lease.renewEvery + quiet <= lease.span else {
            throw StartupError(
                .leaseRenew,
                value: "\(lease.renewEvery.milliseconds)",
                "nothing is sent in the last \(quiet.milliseconds) ms of the span of \(lease.span.milliseconds) ms"
            )
        }
        self.lease = lease
    }

    private static func sealKey(_ reader: SettingReader) throws(StartupError) -> SealKey {
        let text: String
        let source: SettingKey
        if let key = reader.optional(.sealKey) {
            (text, source) = (key, .sealKey)
        } else if let path = reader.optional(.sealKeyFile) {
            guard let content = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw StartupError(.sealKeyFile, value: path, "the file cannot be read")
            }
            (text, source) = (content, .sealKeyFile)
        } else {
            throw StartupError(
                "\(SettingKey.sealKey.variable) is not set: \(SettingKey.sealKey.meaning); allowed: \(SettingKey.sealKey.range), "
                    + "or \(SettingKey.sealKeyFile.variable)"
            )
        }
        return try key(text, source)
    }

    private static func otherKeys(_ reader: SettingReader) throws(StartupError) -> [SealKey] {
        let words: [Substring]
        let source: SettingKey
        if let text = reader.optional(.sealOtherKeys) {
            (words, source) = (text.split { $0 == "," }, .sealOtherKeys)
        } else if let path = reader.optional(.sealOtherKeysFile) {
            guard let content = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw StartupError(.sealOtherKeysFile, value: path, "the file cannot be read")
            }
            (words, source) = (content.split(whereSeparator: \.isWhitespace), .sealOtherKeysFile)
        } else {
            return []
        }
        guard words.count <= 8 else { throw StartupError("\(source.variable): \(words.count) keys; allowed: at most 8") }
        var keys: [SealKey] = []
        for word in words { keys.append(try key(String(word), source)) }
        return keys
    }

    private static func key(_ text: String, _ source: SettingKey) throws(StartupError) -> SealKey {
        do {
            return try SealKey(text: text)
        } catch {
            switch error {
            case .badKey(let reason): throw StartupError("\(source.variable): \(reason)")
            case .doesNotOpen: throw StartupError(source, value: "")
            }
        }
    }

    private static func profileFolder(_ reader: SettingReader) throws(StartupError) -> String {
        guard let folder = reader.optional(.profiles) ?? ProfileFolder.found else {
            throw StartupError(
                "\(SettingKey.profiles.variable) is not set and no folder of profiles was found; allowed: \(SettingKey.profiles.range)"
            )
        }
        return folder
    }
}

/// Makes the key that seals credentials, for a fleet that starts without one.
package enum FleetSealKey {
    package static func makeText() -> String { SealKey.makeText() }
}
