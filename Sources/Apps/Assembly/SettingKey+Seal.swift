extension SettingKey {
    package static let sealOtherKeys = SettingKey(
        "flotilla.seal.other-keys",
        standard: nil,
        range: "KEY,… of 64 hexadecimal digits each, at most 8",
        "keys that open credentials besides the one that seals: a new one before it seals, an old one until nothing needs it",
        isSecret: true
    )
    package static let sealOtherKeysFile = SettingKey(
        "flotilla.seal.other-keys-file",
        standard: nil,
        range: "path of a file with a key of 64 hexadecimal digits on each line, at most 8",
        "the same keys, from a file"
    )

    /// Keys beside the one that seals.
    static let sealing: [SettingKey] = [sealOtherKeys, sealOtherKeysFile]
}
