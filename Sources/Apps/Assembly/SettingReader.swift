import Configuration
import Domain
import Logging

/// Reads keys from the environment; a value that is not allowed stops the start with key, value and range.
package struct SettingReader {
    private let config: ConfigReader

    package init(environment: [String: String]) {
        let secrets = Set(SettingKey.all.filter(\.isSecret).map(\.variable))
        config = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: environment, secretsSpecifier: .specific(secrets))
        )
    }

    /// The value, or the default; `nil` when there is neither.
    func optional(_ key: SettingKey) -> String? {
        let value = config.string(forKey: ConfigKey(key.name), isSecret: key.isSecret)
        guard let value, !value.isEmpty else { return key.standard }
        return value
    }

    func text(_ key: SettingKey) throws(StartupError) -> String {
        guard let value = optional(key) else { throw StartupError("\(key.variable) is not set: \(key.meaning); allowed: \(key.range)") }
        return value
    }

    func whole(_ key: SettingKey, in range: ClosedRange<Int>) throws(StartupError) -> Int {
        let text = try text(key)
        guard let number = Int(text), range.contains(number) else { throw StartupError(key, value: text) }
        return number
    }

    func decimal(_ key: SettingKey, in range: ClosedRange<Double>) throws(StartupError) -> Double {
        let text = try text(key)
        guard let number = Double(text), range.contains(number) else { throw StartupError(key, value: text) }
        return number
    }

    func milliseconds(_ key: SettingKey, in range: ClosedRange<Int>) throws(StartupError) -> Duration {
        .milliseconds(try whole(key, in: range))
    }

    func bool(_ key: SettingKey) throws(StartupError) -> Bool {
        let text = try text(key)
        guard let bool = Bool(text) else { throw StartupError(key, value: text) }
        return bool
    }

    func level() throws(StartupError) -> Logger.Level {
        let text = try text(.logLevel)
        guard let level = Logger.Level(rawValue: text) else { throw StartupError(.logLevel, value: text) }
        return level
    }

    func logFormat() throws(StartupError) -> LogFormat {
        let text = try text(.logFormat)
        guard let format = LogFormat(rawValue: text) else { throw StartupError(.logFormat, value: text) }
        return format
    }

    /// `NAME=VALUE,NAME=VALUE`.
    func pairs(_ key: SettingKey) throws(StartupError) -> [String: String]? {
        guard let text = optional(key) else { return nil }
        var pairs: [String: String] = [:]
        for item in text.split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, pairs.updateValue(parts[1], forKey: parts[0]) == nil else { throw StartupError(key, value: text) }
        }
        return pairs
    }

    func slots() throws(StartupError) -> [TaskClass: Int]? {
        guard let pairs = try pairs(.workerSlots) else { return nil }
        var slots: [TaskClass: Int] = [:]
        for (word, count) in pairs {
            guard let taskClass = TaskClass(word: word), let count = Int(count), (0...1024).contains(count) else {
                throw StartupError(.workerSlots, value: "\(word)=\(count)")
            }
            slots[taskClass] = count
        }
        guard slots.values.contains(where: { $0 > 0 }) else { throw StartupError(.workerSlots, value: "", "no class has a slot") }
        return slots
    }
}
