/// Why a program did not start: what was wrong and what is allowed, in one line.
package struct StartupError: Error, Hashable, Sendable {
    package let message: String
    /// A server that is needed does not answer.
    package let isNobodyThere: Bool

    package init(_ message: String, isNobodyThere: Bool = false) {
        self.message = message
        self.isNobodyThere = isNobodyThere
    }

    /// A setting with a value that is not allowed; secrets are not repeated.
    package init(_ key: SettingKey, value: String, _ detail: String? = nil) {
        let shown = key.isSecret ? "(hidden)" : "\"\(value)\""
        self.init("\(key.variable) = \(shown)\(detail.map { ": \($0)" } ?? ""); allowed: \(key.range)")
    }
}
