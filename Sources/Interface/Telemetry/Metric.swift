/// One family of figures: its name, its type, its labels and what it means.
package struct Metric: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case counter, gauge, histogram
    }

    /// As Prometheus wants it: base unit at the end, `_total` for counters.
    package let name: String
    package let kind: Kind
    package let help: String
    /// Names of the labels; their values come from bounded sets (kind, lane, outcome), never from ids.
    package let labels: [String]

    package init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }
}
