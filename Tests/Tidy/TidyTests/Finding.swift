/// One line that breaks one rule.
struct Finding: CustomStringConvertible {
    let rule: String
    /// Relative to the package's root.
    let path: String
    let line: Int
    let text: String

    var description: String { "\(path):\(line): \(rule): \(text)" }
}
