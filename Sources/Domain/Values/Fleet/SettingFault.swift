/// A setting that is out of its range; stops the process at start.
package struct SettingFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let setting: String
    package let value: String
    package let allowed: String

    package init(setting: String, value: String, allowed: String) {
        self.setting = setting
        self.value = value
        self.allowed = allowed
    }

    package var description: String { "\(setting) = \(value) is out of range; allowed: \(allowed)" }

    package static func check<Value: Comparable>(_ setting: String, _ value: Value, in range: ClosedRange<Value>) throws(SettingFault) {
        guard range.contains(value) else {
            throw SettingFault(setting: setting, value: "\(value)", allowed: "\(range.lowerBound) to \(range.upperBound)")
        }
    }
}
